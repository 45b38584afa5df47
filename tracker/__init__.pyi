# The types of the public API. tracker/__init__.py imports each name when it is first used.
from tracker.domain.fold import fold as fold
from tracker.domain.story import Story as Story
from tracker.errors import BadInput as BadInput
from tracker.errors import TrackerError as TrackerError
from tracker.log.files import FileLog as FileLog
from tracker.maintenance.verify import verify as verify
from tracker.publishing.publisher import publish as publish
from tracker.text.dates import Recorded as Recorded
from tracker.text.dates import moment as moment
from tracker.views.bitemporal import view as view
from tracker.workspace.desk import Workspace as Workspace
from tracker.workspace.init import init as init

__version__: str
