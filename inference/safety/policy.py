"""What is drawn and shown, and what is not: one pure function from facts to a decision.

    nothing sexual with anyone young          FLOOR      nowhere, under no setting
    nothing sexual of a real person           REAL       nowhere, under no setting
    adult pictures                            ADULT      only where every one of `Place.admits_adult`'s conditions holds
    suggestive pictures                       STRICT     where the server's ordinary channels allow them
    gore, hate, words of an own list          AXIS, LIST by operator and server

No other place decides. It is asked when a request is accepted, dispatched, previewed, sent, and before anything is
shown again; each time with the facts as they are then, so whatever changed meanwhile wins. What is not known counts as
the worst it could be.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from inference.errors import N_
from inference.safety.evidence import AgeStatus, PictureEvidence, Rating, Strength, TextEvidence


class PlaceKind(StrEnum):
    """Where something would be shown."""

    SERVER = "server"
    DIRECT = "direct"
    ELSEWHERE = "elsewhere"  # group messages, user-installed contexts, and whatever Discord adds one day


class Provenance(StrEnum):
    """What a request starts from."""

    TEXT = "text"
    OURS = "ours"  # a picture of this bot, found by job id and stored hash, whose own request showed nothing young
    UPLOAD = "upload"  # anything else, screenshots and forwards of our own pictures included


class Standing(StrEnum):
    """A person's, in the eyes of the operator and the server."""

    GOOD = "good"
    NO_ADULT = "no_adult"  # a moderator barred them from adult pictures
    COOLING = "cooling"  # after repeated hits of the floor, for a while
    BLOCKED = "blocked"


class Moment(StrEnum):
    """When the policy is asked."""

    REQUEST = "request"  # accepting or dispatching: there is no picture yet
    PREVIEW = "preview"  # a frame of a picture that is being drawn
    SHOW = "show"  # sending, and everything that shows a picture once more


class Rule(StrEnum):
    """Which rule refused; for the log, the audit and counting, never shown to people."""

    FLOOR = "floor"
    REAL = "real"
    UNSURE = "unsure"  # nobody can tell an apparent age, where it matters
    ADULT = "adult"
    STRICT = "strict"
    AXIS = "axis"
    LIST = "list"
    STANDING = "standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something would be shown, as it is at this moment."""

    kind: PlaceKind | None
    age_restricted: bool | None  # the channel's own flag, a thread's parent's; None: it could not be found out
    operator_adult: bool = False
    server_adult: bool = False
    age_judged: bool = False  # a tagger of the catalogue's list is installed and passed its self-test
    suggestive: bool = False  # the server lets its ordinary channels show what is rated sensitive
    gore: bool = False
    hate: bool = False
    spoiler: bool = True  # the server covers adult pictures

    def admits_adult(self) -> bool:
        """Whether an adult picture may be shown here, to anybody."""
        return (
            self.kind is PlaceKind.SERVER
            and self.age_restricted is True
            and self.operator_adult
            and self.server_adult
            and self.age_judged
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision rests on."""

    moment: Moment
    place: Place
    standing: Standing | None
    provenance: Provenance | None
    text: TextEvidence | None
    picture: PictureEvidence | None = None
    subjects: tuple[AgeStatus, ...] = field(default=())  # every character and LoRA of the request
    real_subject: bool = False  # a LoRA or reference of a real person is among them


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Drawn and shown, or refused by `rule`; `destroy`: the picture is not kept either."""

    allowed: bool
    rule: Rule | None = None
    destroy: bool = False
    spoiler: bool = False

    @property
    def sentence(self) -> str:
        """What the person reads: the same for all rules of a stage, so that nobody can feel their way along a list."""
        return "" if self.rule is None else _SENTENCES.get(self.rule, NOT_THIS)


NOT_THIS = N_("I can't draw this one. Change the prompt and try again; /report reaches a person if that seems wrong.")
NOT_HERE = N_("I can't show this picture here. Try other words, or ask in an age-restricted channel if there is one.")
NOT_NOW = N_("You can't draw just now. /privacy shows why and for how long, and how to ask a person to look at it.")
_SENTENCES = {
    Rule.UNSURE: NOT_HERE,
    Rule.ADULT: NOT_HERE,
    Rule.STRICT: NOT_HERE,
    Rule.STANDING: NOT_NOW,
}


class _Heat(IntEnum):
    """How sexual text and picture are together."""

    GENERAL = 0
    SENSITIVE = 1
    QUESTIONABLE = 2
    EXPLICIT = 3


_OF_RATING = {
    Rating.GENERAL: _Heat.GENERAL,
    Rating.SENSITIVE: _Heat.SENSITIVE,
    Rating.QUESTIONABLE: _Heat.QUESTIONABLE,
    Rating.EXPLICIT: _Heat.EXPLICIT,
}
_OF_TEXT = {Strength.NONE: _Heat.GENERAL, Strength.WEAK: _Heat.SENSITIVE, Strength.STRONG: _Heat.EXPLICIT}
_ALLOWED = Decision(allowed=True)


def decide(facts: Facts) -> Decision:
    """Whether this may be drawn, or once there is a picture, shown. Pure and total: it raises nothing."""
    if facts.standing in {None, Standing.COOLING, Standing.BLOCKED}:
        return _refused(Rule.STANDING)
    heat = _heat(facts)
    return (
        _floor(facts, heat)
        or _real(facts, heat)
        or _unsure(facts, heat)
        or _adult(facts, heat)
        or _own_rules(facts)
        or (Decision(allowed=True, spoiler=facts.place.spoiler) if heat >= _Heat.QUESTIONABLE else _ALLOWED)
    )


def _floor(facts: Facts, heat: _Heat) -> Decision | None:
    """Sexual and young. Where adult pictures may be shown, the weakest sign of either is enough."""
    young = _young(facts)
    least = _Heat.SENSITIVE if young is Strength.STRONG or facts.place.admits_adult() else _Heat.QUESTIONABLE
    return _refused(Rule.FLOOR, destroy=True) if young and heat >= least else None


def _real(facts: Facts, heat: _Heat) -> Decision | None:
    real = facts.real_subject or facts.text is None or facts.text.real_person
    photo = facts.picture is not None and facts.picture.photo is not Strength.NONE
    return _refused(Rule.REAL, destroy=True) if heat >= _Heat.SENSITIVE and (real or photo) else None


def _unsure(facts: Facts, heat: _Heat) -> Decision | None:
    """A picture that is not plainly harmless, and nobody who could tell how old its people look."""
    blind = facts.picture is not None and facts.picture.young is None
    return _refused(Rule.UNSURE, destroy=True) if blind and heat >= _Heat.SENSITIVE else None


def _adult(facts: Facts, heat: _Heat) -> Decision | None:
    if heat is _Heat.GENERAL:
        return None
    if _may_be_adult(facts):
        return None
    if heat is not _Heat.SENSITIVE:
        return _refused(Rule.ADULT)
    suggestive = facts.place.suggestive and facts.place.kind is PlaceKind.SERVER and _is_ours(facts)
    return None if suggestive else _refused(Rule.STRICT)


def _may_be_adult(facts: Facts) -> bool:
    return (
        facts.place.admits_adult()
        and facts.standing is Standing.GOOD
        and _is_ours(facts)
        and all(status is AgeStatus.ADULT for status in facts.subjects)
    )


def _is_ours(facts: Facts) -> bool:
    """Whether it starts from words alone or from a picture that this bot made; whatever else is sent is safe-only."""
    return facts.provenance in {Provenance.TEXT, Provenance.OURS}


def _own_rules(facts: Facts) -> Decision | None:
    text = facts.text
    if text is None or text.blocked:
        return _refused(Rule.LIST)
    barred = (text.gore and not facts.place.gore) or (text.hate and not facts.place.hate)
    return _refused(Rule.AXIS) if barred else None


def _heat(facts: Facts) -> _Heat:
    """The hotter of text and picture; a picture that should be there and was not rated is explicit."""
    of_text = _Heat.EXPLICIT if facts.text is None else _OF_TEXT[facts.text.sexual]
    if facts.moment is Moment.REQUEST and facts.picture is None:
        return of_text
    rating = facts.picture.rating if facts.picture else None
    return max(of_text, _Heat.EXPLICIT if rating is None else _OF_RATING[rating])


def _young(facts: Facts) -> Strength:
    """The strongest sign of somebody young. An apparent age that nobody judged is `_unsure`'s."""
    of_text = Strength.STRONG if facts.text is None else facts.text.young
    of_picture = (facts.picture.young if facts.picture else None) or Strength.NONE
    of_subjects = Strength.STRONG if AgeStatus.MINOR in facts.subjects else Strength.NONE
    return max(of_text, of_picture, of_subjects)


def _refused(rule: Rule, *, destroy: bool = False) -> Decision:
    return Decision(allowed=False, rule=rule, destroy=destroy)
