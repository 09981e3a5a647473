"""The components as a Pulumi package, for programs in TypeScript, Go, C#, Java and YAML.

``pulumi package add .venv/bin/pulumi-resource-workspace365`` writes typed classes for the program's language. The engine then
starts that plugin, which builds the same components as a Python program does. Dynamic resources cannot be offered this way
(pulumi/pulumi#5455): environments and settings are for Python programs.
"""
