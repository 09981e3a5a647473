import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider


class BookProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(f"isbn-{props['title']}", {**props, "pages": 100})

    def read(self, id_, props):
        return ReadResult(id_, {**props, "title": f"title of {id_}", "pages": 7})


class Book(Resource):
    pages: pulumi.Output[float]
    title: pulumi.Output[str]

    def __init__(self, name, title=None, opts=None):
        super().__init__(BookProvider(), name, {"title": title, "pages": None}, opts)


own = Book("own", "mine")
existing = Book("existing", opts=pulumi.ResourceOptions(id="isbn-1"))
pulumi.export("existing", pulumi.Output.all(existing.title, existing.pages))
Book("after", existing.title)
