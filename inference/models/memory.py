"""Where checkpoints lie and how the next request is drawn: a plan made from sizes, before anything is moved.

`plan` is a pure function: it is given the budgets, what is held and what is wanted, and answers with the moves to make
and the mode to draw in, or with the largest size that would fit. Nothing here allocates, so an exception is never what
tells us that memory is short; the ladder in `inference/engine/room.py` is for estimates that were wrong.

The device is the GPU's memory. Without a GPU it is a share of the machine's own memory, and there is nothing beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from inference.models.sizes import Weights, WorkRule

MULTIPLE = 64  # sizes that are proposed are multiples of so many pixels
# Layer by layer, two of the largest layers are on the device at once: one computes, the next one arrives. No layer of
# the UNets is larger than 2 % of its network (SDXL: a feed-forward of 26 MB in 5.1 GB); the rest is slack.
LAYERS_SHARE = 0.05


class Place(StrEnum):
    """Where a checkpoint's weights are kept between requests."""

    DEVICE = "device"
    RAM = "RAM"


class Mode(StrEnum):
    """How a checkpoint is run."""

    WHOLE = "whole"  # every part is on the device
    TURNS = "parts take turns"  # diffusers' model offload: only the part that computes is on the device
    LAYERS = "layer by layer"  # diffusers' group offload by leaves: only the layer that computes is


class LowVram(StrEnum):
    """Whether a checkpoint may be run from RAM."""

    AUTO = "auto"  # where it does not fit otherwise
    NEVER = "never"
    ALWAYS = "always"


class Kind(StrEnum):
    """What a move does."""

    TO_RAM = "to RAM"  # from the device
    DROP = "drop"  # from wherever it is
    FROM_RAM = "from RAM"  # to the device
    FROM_DISK = "from disk"  # to the device, or to RAM for a mode that runs from there


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be occupied, in bytes; `device` is for weights and working memory together."""

    device: int
    ram: int
    low_vram: LowVram = LowVram.AUTO

    def __post_init__(self) -> None:
        if self.device < 0 or self.ram < 0:
            raise ValueError("a budget cannot be less than nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A checkpoint in memory: its size in bytes, where it is, and when it was used last (any rising number)."""

    model: str
    bytes: int
    place: Place
    used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is wanted: a checkpoint, and the pixels of the picture to be drawn with it."""

    model: str
    weights: Weights
    rule: WorkRule
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing to do, in its order; `bytes` is the checkpoint's size."""

    kind: Kind
    model: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a request is drawn: the mode, and whether the VAE works tile by tile."""

    mode: Mode
    tiled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The moves, in order, the way to draw, and what the device will hold of this checkpoint at its peak, in bytes."""

    moves: tuple[Move, ...]
    way: Way
    peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """It does not fit: the largest size of the same shape that would, (0, 0) if the checkpoint itself does not."""

    width: int
    height: int


def plan(budget: Budget, held: Sequence[Held], need: Need, *, after: Way | None = None) -> Plan | TooLarge:
    """What to do so that `need` can be drawn within `budget`.

    The first way that fits an otherwise empty device is taken, since drawing slowly costs more than loading again; then
    whatever was used last stays, as far as there is room. At no moment during the moves is a budget exceeded. `after`
    names a way that was tried and was not enough: only ways that need less are considered, and TooLarge then says what
    fits by the estimate, which may be `need`'s own size.
    """
    way = next(_fitting(budget, need, after), None)
    if way is None:
        return largest(budget, need)
    peak = peak_bytes(need, way)
    others = sorted((each for each in held if each.model != need.model), key=lambda each: each.used, reverse=True)
    mine = next((each for each in held if each.model == need.model), None)
    from_ram = way.mode is not Mode.WHOLE
    stay = _keep([each for each in others if each.place is Place.DEVICE], budget.device - peak)
    # What is wanted occupies RAM while others move there, if it lies there now or is going to.
    own = need.weights.total if from_ram or (mine and mine.place is Place.RAM) else 0
    warm = _keep([each for each in others if each not in stay], budget.ram - own)
    moves = [_move(Kind.DROP, each) for each in others if each not in stay and each not in warm]
    if mine and mine.place is Place.DEVICE and from_ram:
        # Its parts leave the device before the others do, into room that `own` has kept for them.
        moves.append(_move(Kind.TO_RAM, mine))
    moves += [_move(Kind.TO_RAM, each) for each in warm if each.place is Place.DEVICE]
    if mine is None:
        moves.append(Move(kind=Kind.FROM_DISK, model=need.model, bytes=need.weights.total))
    elif mine.place is Place.RAM and not from_ram:
        moves.append(_move(Kind.FROM_RAM, mine))
    return Plan(moves=tuple(moves), way=way, peak=peak)


def ways(low_vram: LowVram, *, has_ram: bool) -> tuple[Way, ...]:
    """Every way that is allowed, fastest first; modes that run from RAM need some."""
    modes = {
        LowVram.AUTO: (Mode.WHOLE, Mode.TURNS, Mode.LAYERS),
        LowVram.NEVER: (Mode.WHOLE,),
        LowVram.ALWAYS: (Mode.TURNS, Mode.LAYERS),
    }[low_vram]
    if not has_ram:
        modes = (Mode.WHOLE,)
    return tuple(Way(mode=mode, tiled=tiled) for mode in modes for tiled in (False, True))


def peak_bytes(need: Need, way: Way) -> int:
    """The most that drawing `need` this way occupies on the device at one moment, weights and working memory."""
    weights, work = need.weights, need.rule.work(need.width, need.height)
    decode = work.decode_tiled if way.tiled else work.decode
    match way.mode:
        case Mode.WHOLE:
            return weights.total + max(work.text, work.denoise, decode)
        case Mode.TURNS:
            # The VAE, once used, stays beside the network: diffusers moves a part away only for the next one in line.
            network = weights.network + weights.vae + work.denoise
            return max(weights.texts + work.text, network, weights.vae + decode)
        case Mode.LAYERS:
            return int(weights.total * LAYERS_SHARE) + max(work.text, work.denoise, decode)


def _fitting(budget: Budget, need: Need, after: Way | None) -> Iterator[Way]:
    """The ways in which `need` fits if nothing else is held, fastest first."""
    for way in _later(ways(budget.low_vram, has_ram=budget.ram > 0), after):
        enough_ram = way.mode is Mode.WHOLE or need.weights.total <= budget.ram
        if enough_ram and peak_bytes(need, way) <= budget.device:
            yield way


def _later(every: Sequence[Way], after: Way | None) -> Sequence[Way]:
    """The ways that need less than `after`; tiles, once begun with, are kept."""
    if after is None:
        return every
    behind = every[every.index(after) + 1 :] if after in every else every
    return [way for way in behind if way.tiled or not after.tiled]


def largest(budget: Budget, need: Need) -> TooLarge:
    """The largest size of the same shape that fits in any way; working memory only falls with the size."""
    longer, shorter = max(need.width, need.height), min(need.width, need.height)
    low, high = 0, max(1, longer // MULTIPLE)  # in multiples; `low` fits or is nothing
    while low < high:
        middle = (low + high + 1) // 2
        if next(_fitting(budget, _scaled(need, middle, shorter / longer), None), None):
            low = middle
        else:
            high = middle - 1
    if not low:
        return TooLarge(width=0, height=0)
    found = _scaled(need, low, shorter / longer)
    return TooLarge(width=found.width, height=found.height)


def scaled(need: Need, factor: float) -> Need:
    """`need` with both sides about `factor` times as long, in multiples of 64 pixels, one at least."""
    longer, shorter = max(need.width, need.height), min(need.width, need.height)
    return _scaled(need, max(1, int(longer * factor) // MULTIPLE), shorter / longer)


def _scaled(need: Need, multiples: int, shape: float) -> Need:
    """`need` with `multiples` x 64 pixels on its longer side; `shape` is shorter by longer."""
    longer, shorter = multiples * MULTIPLE, max(1, int(multiples * shape)) * MULTIPLE
    width, height = (longer, shorter) if need.width >= need.height else (shorter, longer)
    return Need(
        model=need.model,
        weights=need.weights,
        rule=need.rule,
        width=min(width, need.width),
        height=min(height, need.height),
    )


def _keep(candidates: Sequence[Held], room: int) -> list[Held]:
    """Those that stay, from the one used last on, as long as there is room; a small one may stay behind a large one."""
    kept: list[Held] = []
    for each in candidates:
        if each.bytes <= room:
            kept.append(each)
            room -= each.bytes
    return kept


def _move(kind: Kind, held: Held) -> Move:
    return Move(kind=kind, model=held.model, bytes=held.bytes)
