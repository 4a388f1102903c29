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

from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from inference.errors import N_, Refused
from inference.safety.evidence import AgeStatus, PictureEvidence, Rating, Strength, TextEvidence


class PlaceKind(StrEnum):
    """Where something would be shown."""

    SERVER = "server"
    DIRECT = "direct"
    ELSEWHERE = "elsewhere"  # group messages, user-installed contexts, and whatever Discord adds one day


class Provenance(StrEnum):
    """What a request starts from."""

    TEXT = "text"
    # A picture of this bot, found by job id and stored hash, whose own request showed nothing young and behind which
    # stands no upload.
    OURS = "ours"
    UPLOAD = "upload"  # anything else, screenshots and forwards of our own pictures included


class Standing(StrEnum):
    """A person's, in the eyes of the operator and the server."""

    GOOD = "good"
    NO_ADULT = "no_adult"  # a moderator barred them from adult pictures
    COOLING = "cooling"  # after repeated hits of the floor, for a while
    BLOCKED = "blocked"


class Moment(StrEnum):
    """When the policy is asked."""

    REQUEST = "request"  # accepting or dispatching: there is no picture yet, but for the one it starts from
    PREVIEW = "preview"  # a frame of a picture that is being drawn
    SHOW = "show"  # sending, and everything that shows a picture once more


class Rule(StrEnum):
    """Which rule refused; for the log, the audit and counting, never shown to people."""

    FLOOR = "floor"
    REAL = "real"
    UNSEEN = "unseen"  # nobody looked, or nobody could
    UNSURE = "unsure"  # somebody looked and cannot tell what matters: an apparent age, a photograph
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
    real_people: bool = True  # the server lets real people be drawn at all
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

    def knows_better_ones(self) -> bool:
        """Whether an adult picture may be shown in an age-restricted channel of this server, and this is none."""
        return self.age_restricted is False and replace(self, age_restricted=True).admits_adult()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision rests on."""

    moment: Moment
    place: Place
    standing: Standing | None
    provenance: Provenance | None
    text: TextEvidence | None
    picture: PictureEvidence | None = None  # of several the hottest; at REQUEST the one that it starts from
    subjects: tuple[AgeStatus, ...] = field(default=())  # every character and LoRA of the request
    real_subject: bool = False  # a LoRA or reference of a real person is among them
    early: bool = True  # of a frame: drawn in the first half of the steps, where no rater can tell anything
    harmless_model: bool = False  # learned from nothing but harmless drawings: the embedded one


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Drawn and shown, or refused by `rule`; `destroy`: the picture is not kept either."""

    allowed: bool
    rule: Rule | None = None
    destroy: bool = False
    spoiler: bool = False

    def sentence(self, facts: Facts) -> str:
        """What the person reads of these facts.

        It is the same for all rules of a stage in one place, so that nobody can feel their way along a list.
        """
        match self.rule:
            case None:
                return ""
            case Rule.UNSEEN:
                return NOT_CHECKED
            case Rule.STANDING:
                return NOT_NOW
            case Rule.UNSURE | Rule.ADULT | Rule.STRICT:
                return NOT_IN_THIS_CHANNEL if facts.place.knows_better_ones() else NOT_HERE
            case _:
                return NOT_THIS if facts.moment is Moment.REQUEST else NOT_ANY_MORE


NOT_THIS = Refused.sentence
NOT_ANY_MORE = N_(
    "I can't show this one. Draw a new one with other words; /report reaches a person if that seems wrong."
)
NOT_HERE = N_("I can't show this picture here. Try other words, or try once more.")
NOT_IN_THIS_CHANNEL = N_(
    "I can't show this picture here. Try other words, or ask in an age-restricted channel if there is one."
)
NOT_CHECKED = N_("I couldn't check this picture just now, so I keep it back. Please try again in a moment.")
NOT_NOW = N_("You can't draw just now. /privacy shows why and for how long, and how to ask a person to look at it.")


class _Heat(IntEnum):
    """How sexual something is."""

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
_ALLOWED = Decision(allowed=True)


def decide(facts: Facts) -> Decision:
    """Whether this may be drawn, or once there is a picture, shown. Pure and total: it raises nothing."""
    if facts.standing in {None, Standing.COOLING, Standing.BLOCKED}:
        return _refused(Rule.STANDING)
    return (
        _floor(facts)
        or _real(facts)
        or _unsure(facts)
        or _adult(facts)
        or _own_rules(facts)
        or (Decision(allowed=True, spoiler=facts.place.spoiler) if _heat(facts) >= _Heat.QUESTIONABLE else _ALLOWED)
    )


def _floor(facts: Facts) -> Decision | None:
    """Sexual and young, as far as anybody looked. Where adult pictures may be shown, the weakest sign is enough."""
    young = _young(facts)
    least = _Heat.SENSITIVE if young is Strength.STRONG or facts.place.admits_adult() else _Heat.QUESTIONABLE
    return _refused(Rule.FLOOR, destroy=True) if young and _least_heat(facts) >= least else None


def _real(facts: Facts) -> Decision | None:
    """Sexual and real, as far as anybody looked."""
    real = facts.real_subject or (facts.text and facts.text.real_person) or (facts.picture and facts.picture.photo)
    return _refused(Rule.REAL, destroy=True) if real and _least_heat(facts) >= _Heat.SENSITIVE else None


def _unsure(facts: Facts) -> Decision | None:
    """What nobody looked at is the worst it could be; but nothing is destroyed, and nobody to blame, for that alone."""
    if facts.text is None or _is_unseen(facts):
        return _refused(Rule.UNSEEN)
    if _least_heat(facts) >= _Heat.SENSITIVE and (_young(facts) or AgeStatus.UNKNOWN in facts.subjects):
        return _refused(Rule.UNSURE)
    picture = facts.picture
    if picture and _heat(facts) >= _Heat.SENSITIVE and (picture.young is None or picture.photo is None):
        adult = picture.rating in {Rating.QUESTIONABLE, Rating.EXPLICIT}
        return _refused(Rule.UNSURE, destroy=adult)
    return None


def _is_unseen(facts: Facts) -> bool:
    """Whether there is a picture that somebody ought to have looked at, and nobody did."""
    if facts.moment is Moment.REQUEST and facts.picture is None:
        return False
    if facts.moment is Moment.PREVIEW:
        if facts.harmless_model and facts.provenance is Provenance.TEXT:
            return False
        if facts.early:
            return True
    return facts.picture is None or facts.picture.rating is None


def _adult(facts: Facts) -> Decision | None:
    heat = _heat(facts)
    if heat is _Heat.GENERAL or _may_be_adult(facts):
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
    text, place = facts.text, facts.place
    if text is None or text.blocked:
        return _refused(Rule.LIST)
    real = facts.real_subject or text.real_person or (facts.picture and facts.picture.photo is not Strength.NONE)
    barred = (text.gore and not place.gore) or (text.hate and not place.hate) or (real and not place.real_people)
    return _refused(Rule.AXIS) if barred else None


def _heat(facts: Facts) -> _Heat:
    """The hotter of what the text surely asks for and what the picture shows.

    A single weak sign in a text is none: half of the words that a squashed spelling resembles are harmless. The
    picture shows what was meant.
    """
    of_text = _Heat.EXPLICIT if facts.text and facts.text.sexual is Strength.STRONG else _Heat.GENERAL
    rating = facts.picture.rating if facts.picture else None
    return max(of_text, _Heat.GENERAL if rating is None else _OF_RATING[rating])


def _least_heat(facts: Facts) -> _Heat:
    """The same where a second sign makes the matter grave: there a weak sign counts."""
    weak = facts.text is not None and facts.text.sexual is Strength.WEAK
    return max(_heat(facts), _Heat.SENSITIVE if weak else _Heat.GENERAL)


def _young(facts: Facts) -> Strength:
    """The strongest sign of somebody young. An apparent age that nobody judged is `_unsure`'s."""
    of_text = facts.text.young if facts.text else Strength.NONE
    of_picture = (facts.picture.young if facts.picture else None) or Strength.NONE
    of_subjects = Strength.STRONG if AgeStatus.MINOR in facts.subjects else Strength.NONE
    return max(of_text, of_picture, of_subjects)


def _refused(rule: Rule, *, destroy: bool = False) -> Decision:
    return Decision(allowed=False, rule=rule, destroy=destroy)
