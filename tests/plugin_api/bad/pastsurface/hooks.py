from lms.people.models import Person
from lms.plugin_api import Manifest

MANIFEST = Manifest(name="pastsurface", version="1.0.0", api=">=1.0,<2", title="past")
TABLE = Person.__tablename__
