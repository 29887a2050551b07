"""A desk over a list in memory: what a page needs, without a database."""

from types import SimpleNamespace

from PySide6.QtCore import QObject, Signal

from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.services.access import Actor, Role

from ..models.fake_list import FakeDoor


class FakeDesk(QObject):
    """Stands for views.desk.Desk."""

    open_wanted = Signal(str, object)
    said = Signal(str)
    done = Signal(str, str)
    working = Signal(object, str)

    def __init__(self):
        super().__init__()
        self.door = FakeDoor()
        actor = Actor(1, "priya", "Priya Shah", Role.BUYER)
        self.backend = SimpleNamespace(read=self.door.read, actor=actor)
        self.background = Background(self)
        self.hub = ChangeHub(self)
        self.undo_list = []
        self.undone = []

    def undo(self, journal_id, text=""):
        self.undone.append(journal_id)

    def undo_last(self):
        self.undone.append("last")

    def tell(self, error):
        raise error
