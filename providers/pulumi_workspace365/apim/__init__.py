"""Azure API Management: its Perform Connectivity Check, which asks a gateway whether it reaches its backend."""
