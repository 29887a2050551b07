"""Channels: their menu, their sales, their rules (R7.11, IA-04, rules section 9)."""


from desktop_app.views.channel_dialog import ChannelDialog


def entries(program):
    window = program.window
    return [
        (button.text(), button.badge())
        for key, button in window.nav.buttons.items()
        if key.startswith("channel:")
    ]


def test_the_menu_leads_to_the_sales_of_a_channel(program):
    page = program.go("channels")
    program.settle()
    counts = dict(
        program.read("SELECT c.name, count(s.id) FROM channel c LEFT JOIN sale s ON s.channel_id = c.id GROUP BY c.name")
    )  # fmt: skip
    assert dict(entries(program)) == counts
    assert [one.name for one in page.lines.rows()] == sorted(counts)
    shop = next(one for one in page.lines.rows() if one.kind == "shop")
    program.window.nav.buttons[f"channel:{shop.id}"].click()
    program.settle()
    sales = program.window.stack.currentWidget()
    assert sales.title.text() == f"Recent sales · {shop.name}"
    assert program.window.windowTitle() == f"Recent sales · {shop.name} – Backroom"
    assert sales.number.text() == f"{shop.sales} sales"
    assert program.window.nav.buttons[f"channel:{shop.id}"].isChecked()
    # The chip of the channel stays; what is put on top can be taken away.
    sales.filters.remove("channel")
    sales.show_view("needs_ordering")
    program.settle()
    assert sales.where.channel is not None
    assert {program.number("SELECT channel_id FROM sale WHERE id = :id", id=key) for key in (
        sales.table.row_at(n).id for n in range(sales.table.total))} <= {shop.id}  # fmt: skip
    program.press("Alt+Left")
    program.settle()
    assert program.window.stack.currentWidget() is page


def test_a_manager_sets_the_rules_of_a_channel_by_keys(program):
    page = program.go("channels")
    at = next(n for n, one in enumerate(page.lines.rows()) if one.kind == "shop")
    page.view.setCurrentIndex(page.lines.index(at, 0))
    name = page.lines.row_at(at).name
    assert page.edit.text() == f"Rules of {name}…"
    before = page.lines.row_at(at).automatic_invoicing
    page.edit.setFocus()
    program.press("Space")
    dialog = program.dialog(ChannelDialog)
    program.settle()
    assert dialog.code.isReadOnly()
    dialog.automatic.button.setFocus()
    program.press("Space")
    dialog.name.setFocus()
    dialog.name.selectAll()
    program.typed("Bath")
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    line = next(one for one in page.lines.rows() if one.name == "Bath")
    assert line.automatic_invoicing is not before
    assert ("Bath", line.sales) in entries(program)
    assert program.window.strip.words() == "Channel Bath saved"
    program.press("Ctrl+Z")
    program.settle()
    assert name in [one.name for one in page.lines.rows()]


def test_a_wrong_new_channel_says_what_is_wrong(program):
    page = program.go("channels")
    page.new.click()
    dialog = program.dialog(ChannelDialog)
    program.settle()
    dialog.code.setText("two words")
    program.press("Ctrl+Return")
    program.settle()
    assert "cannot be a channel's code" in dialog.notice.label.text()
    dialog.code.setText("BATH")
    program.press("Ctrl+Return")
    program.settle()
    assert dialog.notice.label.text() == "Type the channel's name."
    dialog.name.setText("Bath")
    program.press("Ctrl+Return")
    program.gone(dialog)
    program.settle()
    assert "Bath" in [one.name for one in page.lines.rows()]
