"""Builders: one function per policy, named like its element, arguments named like its attributes. They return elements, which the rules validate.

Where an argument's type says Text, Number or Flag, it also takes a deferred value (a ``pulumi.Output``), an expression
(``expression()``, ``statements()``) where the reference allows one, and a named value (``named_value()``).
Where all arguments are attributes, ``locals()`` passes them on.
"""
