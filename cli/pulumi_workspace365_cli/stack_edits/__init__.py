"""Changes of a stack's state besides deployments: read it, replace it whole, keep a backup, see that a preview is empty."""
