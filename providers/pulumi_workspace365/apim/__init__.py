"""Azure API Management: its Perform Connectivity Check, in which a gateway tests the connection to its backend."""
