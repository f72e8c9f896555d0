"""A host that forgot the include."""

urlpatterns: list[object] = []
