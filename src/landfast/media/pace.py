"""Time stamps of the packets of one encoded track."""

from __future__ import annotations

from av.packet import Packet
from av.video.stream import VideoStream


class Pace:
    """When the frames of one track are shown, and when their packets are decoded.

    Frames are told in order of time; packets come back from the encoder in decoding order.
    """

    def __init__(self) -> None:
        self._ticks: list[int] = []
        self._durations: dict[int, int] = {}
        self._stamped = 0

    @property
    def last(self) -> int | None:
        """Tick of the latest frame told."""
        return self._ticks[-1] if self._ticks else None

    def tell(self, tick: int, duration: int) -> None:
        """The next frame, in order of time."""
        self._ticks.append(tick)
        self._durations[tick] = duration

    def set_duration(self, packet: Packet[VideoStream]) -> None:
        """Give a packet the length of its frame; encoders only guess it."""
        packet.duration = self._durations.pop(packet.pts or 0, packet.duration)

    def set_decoding_time(self, packet: Packet[VideoStream], depth: int) -> None:
        """Let the n-th packet be decoded when the frame `depth` before the n-th is shown.

        x265 hands out uninitialised decoding times for films shorter than its delay.

        Args:
            packet: The next packet in decoding order.
            depth: How many frames the encoder reorders over.
        """
        before = self._stamped - depth
        if before >= 0:
            packet.dts = self._ticks[before]
        else:
            packet.dts = self._ticks[0] + before * self._first_step
        self._stamped += 1

    @property
    def _first_step(self) -> int:
        return self._ticks[1] - self._ticks[0] if len(self._ticks) > 1 else 1
