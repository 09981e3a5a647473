from .beds import Bed, BedArgs

__all__ = ["Bed", "BedArgs"]
