"""Qt item models and the adapters they need: QtCore and QtGui, never QtWidgets."""
