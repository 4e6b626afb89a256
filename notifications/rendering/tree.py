"""The second pass: every node of the parsed tree against an allowlist, every name against the schema.

What is not named here is refused, so a new kind of node in a later Jinja is refused too. Depth and
size were bounded by the scan, which is why the recursion here needs no limit of its own.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import gettext as _
from jinja2 import nodes

from notifications.rendering.filters import FILTER_RULES, FilterRule
from notifications.rendering.findings import MAX_FINDINGS, EnoughFound, Finding
from notifications.rendering.variables import LOOP, Entry, Group, ListOf, Value, ValueKind, Variables

MAX_LOOPS = 2
MAX_GUESSES = 5

_SHOWABLE = frozenset({ValueKind.TEXT, ValueKind.NUMBER, ValueKind.PHONE, ValueKind.URL, ValueKind.HTML})
_CONST_TEXT = Value(ValueKind.TEXT, "")
_CONST_NUMBER = Value(ValueKind.NUMBER, "")
_ORDERING = frozenset({"lt", "lteq", "gt", "gteq"})

Scope = Mapping[str, Entry]


@dataclass(slots=True)
class TreeCheck:
    """One walk over one tree; ``findings`` is its result."""

    variables: Variables
    findings: list[Finding]

    def template(self, tree: nodes.Template) -> None:
        """Check the whole tree."""
        with suppress(EnoughFound):
            self._body(tree.body, {}, loops=0)

    # --- Statements -------------------------------------------------------------------------------
    def _body(self, body: list[nodes.Node], scope: Scope, *, loops: int) -> None:
        for node in body:
            if isinstance(node, nodes.Output):
                self._output(node, scope)
            elif isinstance(node, nodes.If):
                self._if(node, scope, loops=loops)
            elif isinstance(node, nodes.For):
                self._for(node, scope, loops=loops)
            else:
                self._refuse_node(node)

    def _output(self, node: nodes.Output, scope: Scope) -> None:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                continue
            entry = self._expression(child, scope)
            if isinstance(entry, ListOf):
                self._refuse(
                    child, _("A list cannot be shown as a whole."), _('Use “for”, or “|join("、")”.')
                )
            elif isinstance(entry, Group):
                self._refuse(
                    child, _("This is a group of variables."), _("Add the variable name after the dot.")
                )
            elif entry is not None and entry.kind is ValueKind.DATE:
                self._refuse(child, _("A date needs a format."), _("Add “|date”."))
            elif entry is not None and entry.kind not in _SHOWABLE:
                self._refuse(child, _("This can only be used in conditions."), _("Use it in “if”."))

    def _if(self, node: nodes.If, scope: Scope, *, loops: int) -> None:
        self._condition(node.test, scope)
        self._body(node.body, scope, loops=loops)
        for other in node.elif_:
            self._if(other, scope, loops=loops)
        self._body(node.else_, scope, loops=loops)

    def _for(self, node: nodes.For, scope: Scope, *, loops: int) -> None:
        if loops >= MAX_LOOPS:
            self._refuse(node, _("Loops are nested too deeply."), _("At most two levels can be nested."))
            return
        if node.recursive or node.test is not None:
            self._refuse(
                node, _("A loop takes no condition and no “recursive”."), _("Put an “if” inside the loop.")
            )
        inner: dict[str, Entry] = {**scope, "loop": LOOP}
        name = node.target.name if isinstance(node.target, nodes.Name) else ""
        if not name or name in self.variables.members or name in inner:
            self._refuse(
                node, _("A loop needs one new name."), _("Use, for example, “for target in targets”.")
            )
            return
        entry = (
            self._expression(node.iter, scope) if isinstance(node.iter, (nodes.Name, nodes.Getattr)) else None
        )
        if not isinstance(entry, ListOf):
            lists = ", ".join(path for path, found in self.variables.paths() if isinstance(found, ListOf))
            self._refuse(
                node,
                _("A loop can only iterate over a list from the list of variables."),
                _("Lists are: %(lists)s.") % {"lists": lists},
            )
            return
        inner[name] = entry.item
        self._body(node.body, inner, loops=loops + 1)
        self._body(node.else_, scope, loops=loops + 1)

    # --- Conditions -------------------------------------------------------------------------------
    def _condition(self, node: nodes.Node, scope: Scope) -> None:
        if isinstance(node, (nodes.And, nodes.Or)):
            self._condition(node.left, scope)
            self._condition(node.right, scope)
        elif isinstance(node, nodes.Not):
            self._condition(node.node, scope)
        elif isinstance(node, nodes.Compare):
            self._compare(node, scope)
        elif isinstance(node, nodes.Test):
            self._refuse(
                node,
                _("“is” is not needed: every variable is defined, though it may be empty."),
                _("Use “if branch.phone”."),
            )
        elif isinstance(self._expression(node, scope), Group):
            self._refuse(node, _("This is a group of variables."), _("Add the variable name after the dot."))

    def _compare(self, node: nodes.Compare, scope: Scope) -> None:
        if len(node.ops) != 1:
            self._refuse(node, _("Comparisons cannot be chained."), _("Use “… and …”."))
            return
        operand = node.ops[0]
        left = self._expression(node.expr, scope)
        if operand.op in ("in", "notin"):
            self._membership(left, operand.expr, scope)
            return
        right = self._expression(operand.expr, scope)
        if left is None or right is None:
            return
        kinds = {entry.kind for entry in (left, right) if isinstance(entry, Value)}
        comparable = (
            ({ValueKind.NUMBER},) if operand.op in _ORDERING else ({ValueKind.NUMBER}, {ValueKind.TEXT})
        )
        if not (isinstance(left, Value) and isinstance(right, Value) and kinds in comparable):
            self._refuse(
                node,
                _("These two cannot be compared."),
                _("Compare numbers with numbers, text by == with text."),
            )

    def _membership(self, left: Entry | None, collection: nodes.Expr, scope: Scope) -> None:
        if isinstance(collection, nodes.Tuple):
            if not all(
                isinstance(item, nodes.Const) and isinstance(item.value, str) for item in collection.items
            ):
                self._refuse(collection, _("“in” accepts plain texts only."), _('Use “in ("TELLER", "…")”.'))
        else:
            entry = self._expression(collection, scope)
            if entry is not None and not (isinstance(entry, ListOf) and isinstance(entry.item, Value)):
                self._refuse(collection, _("“in” requires a list."), _('Use “"tourism" in branch.features”.'))
        if left is not None and not (isinstance(left, Value) and left.kind is ValueKind.TEXT):
            self._refuse(
                collection, _("Only a text can be searched for."), _("Compare numbers with == or >=.")
            )

    # --- Expressions ------------------------------------------------------------------------------
    def _expression(self, node: nodes.Node, scope: Scope) -> Entry | None:
        """What the expression yields, or None after something was refused."""
        if isinstance(node, (nodes.Name, nodes.Getattr)):
            return self._variable(node, scope)
        if isinstance(node, nodes.Const):
            return self._const(node)
        if isinstance(node, nodes.Filter):
            return self._filter(node, scope)
        if isinstance(node, nodes.CondExpr):
            return self._cond_expr(node, scope)
        self._refuse_node(node)
        return None

    def _variable(self, node: nodes.Name | nodes.Getattr, scope: Scope) -> Entry | None:
        names: list[str] = []
        current: nodes.Expr = node
        while isinstance(current, nodes.Getattr):
            names.append(current.attr)
            current = current.node
        if not isinstance(current, nodes.Name):
            self._refuse_node(current)
            return None
        names.append(current.name)
        names.reverse()
        entry = scope.get(names[0]) or self.variables.child(None, names[0])
        for name in names[1:]:
            entry = self.variables.child(entry, name) if entry is not None else None
        if entry is None:
            self._refuse_unknown(node, ".".join(names), scope)
        return entry

    def _const(self, node: nodes.Const) -> Entry | None:
        if isinstance(node.value, str):
            return _CONST_TEXT
        if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            return _CONST_NUMBER
        self._refuse(
            node, _("true, false and none are not used here."), _("Use the variable itself as the condition.")
        )
        return None

    def _cond_expr(self, node: nodes.CondExpr, scope: Scope) -> Entry | None:
        self._condition(node.test, scope)
        if node.expr2 is None:
            self._refuse(node, _("A short “if” needs its “else”."), _('Use “… if … else ""”.'))
            return None
        first, second = self._expression(node.expr1, scope), self._expression(node.expr2, scope)
        if first is None or second is None:
            return None
        if not (isinstance(first, Value) and isinstance(second, Value) and first.kind is second.kind):
            self._refuse(
                node, _("Both sides of a short “if” must be of the same type."), _("Use {% if %} instead.")
            )
            return None
        return first

    def _filter(self, node: nodes.Filter, scope: Scope) -> Entry | None:
        rule = FILTER_RULES.get(node.name)
        if rule is None:
            known = ", ".join(sorted(FILTER_RULES))
            self._refuse(
                node,
                _("The filter “%(name)s” is not allowed.") % {"name": node.name[:40]},
                _("Filters are: %(names)s.") % {"names": known},
            )
            return None
        # {% filter %} would have no node; it was refused with its keyword.
        entry = self._expression(node.node, scope) if node.node is not None else None
        if entry is None:
            return None
        if not self._takes(rule, entry):
            self._refuse(node, _("“|%(name)s” cannot be used here.") % {"name": node.name}, str(rule.about))
            return None
        if not self._arguments_fit(rule, node):
            self._refuse(node, _("“|%(name)s” is used incorrectly.") % {"name": node.name}, str(rule.about))
            return None
        return rule.result

    @staticmethod
    def _takes(rule: FilterRule, entry: Entry) -> bool:
        if isinstance(entry, ListOf):
            return rule.takes_list and (isinstance(entry.item, Value) or rule.takes_groups)
        return isinstance(entry, Value) and entry.kind in rule.takes

    @staticmethod
    def _arguments_fit(rule: FilterRule, node: nodes.Filter) -> bool:
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            return False
        if not rule.least_arguments <= len(node.args) <= rule.most_arguments:
            return False
        return all(
            isinstance(argument, nodes.Const) and rule.argument_fits(argument.value) for argument in node.args
        )

    # --- Refusals ---------------------------------------------------------------------------------
    def _refuse(self, node: nodes.Node, message: str, remedy: str) -> None:
        self.findings.append(Finding(node.lineno or 1, message, remedy))
        if len(self.findings) >= MAX_FINDINGS:
            raise EnoughFound

    def _refuse_node(self, node: nodes.Node) -> None:
        remedies: dict[type[nodes.Node], str] = {
            nodes.Call: _("Variables are displayed as they are. Delete the brackets."),
            nodes.Getitem: _("Use a dot and the name, or “for”."),
            nodes.Test: _("Use “if branch.phone”."),
            nodes.Compare: _("Comparisons belong in “{% if %}”."),
        }
        remedy = remedies.get(type(node), _("Use variables, filters, “if” and “for” only."))
        self._refuse(
            node, _("“%(kind)s” is not allowed in a template.") % {"kind": type(node).__name__}, remedy
        )

    def _refuse_unknown(self, node: nodes.Node, name: str, scope: Scope) -> None:
        known = [path for path, _entry in self.variables.paths() if "[]" not in path]
        for local, entry in scope.items():
            known += (
                [f"{local}.{member}" for member in entry.members] if isinstance(entry, Group) else [local]
            )
        # Comparing with every name is the dearest thing here, so only the first few are guessed.
        guess = len(self.findings) < MAX_GUESSES
        near = get_close_matches(name[:40], known, n=1, cutoff=0.55) if guess else []
        remedy = (
            _("Did you mean “%(name)s”?") % {"name": near[0]}
            if near
            else _("The list of variables is next to the editor.")
        )
        self._refuse(node, _("There is no variable “%(name)s” here.") % {"name": name[:80]}, remedy)
