"""The providers live in a package beside the program: abstract and generic bases, mixins, relative imports."""
# change: "plum" -> "damson"
# plan: update bed, update row
# outputs: words=plum 3 planted, damson 3 planted
import pulumi

from garden import Bed, BedArgs
from garden.beds.rows import Row

bed = Bed("bed", BedArgs(kind="plum"))
row = Row("row", bed=bed, size=3)
pulumi.export("words", row.words)
