"""Takes to verdicts: one check per kind of constraint, three-valued."""

from landfast.verify.checks.region import Plate as Plate
from landfast.verify.evidence import heat_frames as heat_frames
from landfast.verify.evidence import overlay as overlay
from landfast.verify.evidence import worst_frame as worst_frame
from landfast.verify.judge import Judgement as Judgement
from landfast.verify.judge import judge as judge
from landfast.verify.measure.reel import FootageFrames as FootageFrames
from landfast.verify.measure.reel import TakeFrames as TakeFrames
