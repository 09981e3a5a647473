"""API Management WebSocket APIs: the policies of their handshake, and the component that deploys them."""
