"""Whether a source may be saved and rendered. Never compiles, never evaluates an expression.

Jinja's compiler folds constants while it writes code, with or without its optimizer: compiling
``{{ 9**99999999 }}`` already hangs. So the decision is taken on characters, tokens and the parsed
tree, in this order, each pass protecting the next.
"""

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from notifications.rendering.content_fields import HTML_FIELDS, BlockKind, ContentField, fields_of
from notifications.rendering.findings import Finding, TemplateRefused
from notifications.rendering.markup import markup_findings
from notifications.rendering.scan import scan, syntax_finding
from notifications.rendering.tree import TreeCheck
from notifications.rendering.variables import Variables, variables_for

__all__ = ["Finding", "TemplateRefused", "check", "check_body", "checked_tree"]

# For lexing and parsing only; the engine compiles the tree that this one read.
_READER = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)


def check_body(source: str, *, kind: BlockKind, content_field: ContentField) -> None:
    """Check the source of one body of a template.

    Raises:
        TemplateRefused: with every reason, its line and its remedy.
        ValueError: a template of this kind has no such field.
    """
    if content_field not in fields_of(kind):
        raise ValueError(f"{kind} has no {content_field}")
    check(source, allowed=variables_for(kind, content_field), html=content_field in HTML_FIELDS)


def check(source: str, *, allowed: Variables, html: bool) -> None:
    """Check a source against the variables it may use and, for HTML, the elements it may have.

    Raises:
        TemplateRefused: with every reason, its line and its remedy.
    """
    checked_tree(source, allowed=allowed, html=html)


def checked_tree(source: str, *, allowed: Variables, html: bool) -> nodes.Template:
    """The parsed tree of a source that passed every check, for the engine to compile.

    Raises:
        TemplateRefused: with every reason, its line and its remedy.
    """
    findings = scan(source, _READER)
    if findings:
        raise TemplateRefused(findings)
    try:
        # Not Environment.parse: on an error it compiles a false traceback.
        tree = Parser(_READER, source).parse()
    except TemplateSyntaxError as error:
        raise TemplateRefused([syntax_finding(error)]) from None
    walk = TreeCheck(allowed, findings)
    walk.template(tree)
    if html:
        findings += markup_findings(tree.body)
    if findings:
        raise TemplateRefused(findings)
    return tree
