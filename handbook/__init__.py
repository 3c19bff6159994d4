"""The site of the documentation: the pages of `docs/`, and a reference made of the code. `make docs`.

Zensical builds it, the successor of Material for MkDocs by the same people: Material is only maintained, and
MkDocs 1 below it has had no release since August 2024. Sphinx with Furo was the other choice, and wants a
dialect of Markdown of its own for links that are checked. Pages are plain Markdown: the tool can be changed.
"""
