"""The resources, functions and components as a Pulumi package, for programs in TypeScript, Go, C#, Java, YAML and Python.

``pulumi package add .venv/bin/pulumi-resource-workspace365`` writes typed classes for the program's language. The engine then
starts that plugin: the host of dynamic providers, with the same providers and components as in a Python program.
"""
