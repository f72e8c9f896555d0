"""The forms of the page: push by hand, and set a fault."""

from wagtail_push.emulator.faults import FAULTS
from wagtail_push.emulator.page.markup import Markup, element
from wagtail_push.emulator.page.view import View
from wagtail_push.emulator.registry import Registration


def push(view: View) -> Markup:
    """Return the form that pushes to one registration."""
    return element(
        "form",
        _registration(view, "push-to", "To", "Choose a registration"),
        _text(view, "push-title", "title", "Title", default="Hello"),
        _text(view, "push-body", "body", "Body", default="from the emulator"),
        _text(view, "push-url", "url", "URL"),
        _field(
            "push-data",
            "More data",
            element(
                "textarea",
                view.values.get("data", ""),
                id="push-data",
                name="data",
                rows=3,
                spellcheck="false",
                placeholder='{"v": "1", "tag": "news"}',
                aria_describedby="push-data-hint",
            ),
            "A JSON object of strings. Its title, body and url win.",
        ),
        element("button", "Push", type="submit"),
        method="post",
        action="/emulator/page/push",
    )


def fault(view: View) -> Markup:
    """Return the form that sets a fault."""
    chosen = view.values.get("fault", "unavailable")
    options = [
        element(
            "option",
            name,
            value=name,
            selected=name == chosen,
            data_says=one.says,
            data_options=" ".join(
                [*one.options, "target" if one.has_target else ""]
            ).strip(),
        )
        for name, one in FAULTS.items()
    ]
    says = FAULTS[chosen].says if chosen in FAULTS else ""
    return element(
        "form",
        _field(
            "fault-name",
            "Fault",
            element(
                "select",
                *options,
                id="fault-name",
                name="fault",
                aria_describedby="fault-name-hint",
            ),
            says,
        ),
        _registration(view, "fault-target", "For", "All targets", option="target"),
        _number(view, "fault-times", "times", "Times", "Empty: until it is cleared."),
        _number(
            view,
            "fault-retry-after",
            "retry_after",
            "Retry-After",
            "Seconds; empty: without the header.",
            option="retry_after",
        ),
        _number(
            view,
            "fault-seconds",
            "seconds",
            "Answer after",
            "Seconds; empty: 5.",
            option="seconds",
        ),
        element("button", "Set fault", type="submit"),
        method="post",
        action="/emulator/page/fault",
        id="fault-form",
    )


def glossary() -> Markup:
    """Return what every fault does."""
    pairs = [
        part
        for name, one in FAULTS.items()
        for part in (
            element("dt", element("code", name)),
            element("dd", one.says[0].upper() + one.says[1:] + "."),
        )
    ]
    return element(
        "details", element("summary", "What each fault does"), element("dl", *pairs)
    )


def _registration(
    view: View, field_id: str, label: str, nobody: str, option: str = ""
) -> Markup:
    chosen = view.values.get("registration", "")
    options = [
        element(
            "option",
            _title(one),
            value=one.number,
            selected=str(one.number) == chosen,
        )
        for one in view.choices
    ]
    select = element(
        "select",
        element("option", nobody, value=""),
        *options,
        id=field_id,
        name="registration",
        required=not option,
        data_live=True,
    )
    return _field(field_id, label, select, option=option)


def _title(one: Registration) -> str:
    dead = "" if one.alive else ", dead"
    return f"No. {one.number} · {one.target[:6]}… · {one.kind}{dead}"


def _text(
    view: View, field_id: str, name: str, label: str, *, default: str = ""
) -> Markup:
    value = view.values.get(name, default)
    return _field(
        field_id, label, element("input", id=field_id, name=name, value=value)
    )


def _number(
    view: View, field_id: str, name: str, label: str, hint: str, option: str = ""
) -> Markup:
    box = element(
        "input",
        id=field_id,
        name=name,
        value=view.values.get(name, ""),
        inputmode="decimal",
        autocomplete="off",
        aria_describedby=f"{field_id}-hint",
    )
    return _field(field_id, label, box, hint, option)


def _field(
    field_id: str, label: str, control: Markup, hint: str = "", option: str = ""
) -> Markup:
    explained = element("p", hint, class_="hint", id=f"{field_id}-hint") if hint else ""
    return element(
        "div",
        element("label", label, for_=field_id),
        control,
        explained,
        class_="field",
        data_option=option or None,
    )
