"""The checks of ``w365 doctor``: of this machine, and of the connection to the instance."""
