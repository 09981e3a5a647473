"""Policy documents: read, judged at deployment, normalised for reading back, and carried out by the gateway."""
