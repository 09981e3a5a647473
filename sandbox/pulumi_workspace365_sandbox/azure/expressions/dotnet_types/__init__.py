"""The types that expressions may use, a module for each family: members, methods, constructors, with what each returns."""
