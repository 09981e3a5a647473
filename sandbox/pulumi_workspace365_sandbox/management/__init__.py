"""What the local servers share: processes of their own and management interfaces."""
