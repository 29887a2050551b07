"""What tests of the batch dialog read off the screen and type into it."""

import re

from sqlalchemy import func, select

from desktop_app.models.batch_preview_model import Col
from desktop_app.services.store import tables as t


def text_of(dialog, key, col):
    """The text of a cell of the preview."""
    model = dialog.page.preview.model
    return model.data(model.find(key, col))


def type_into(dialog, key, text):
    """Type into the Order cell of a line; whether it could be read."""
    model = dialog.page.preview.model
    return model.setData(model.find(key, Col.ORDER), text)


def settled(qtbot, dialog):
    """Wait until what is shown is what would be created."""
    qtbot.waitUntil(lambda: dialog._fresh and not dialog._wait.isActive())


def order_count(backend):
    """How many purchase orders there are."""
    count = select(func.count()).select_from(t.purchase_order)
    return backend.read(lambda db: db.execute(count).scalar_one())


def without_tags(html):
    """Rich text as a person reads it."""
    return re.sub(r"<[^>]+>", "", html).replace("&amp;", "&")


def let_go(dialog):
    """Closing a dialog with edits asks; the end of a test does not."""
    dialog._leaving = True
