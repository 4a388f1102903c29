"""Everything that can go wrong, as one tree; the branch decides what people see.

GengaError
├── UserError            shown as it is, not logged: the person can do something about it
│   ├── BadRequest       a setting that cannot be drawn
│   │   ├── TooManyWords more of them than the text encoders are given
│   │   ├── NotInstalled a model that the catalogue knows and that is not here
│   │   └── NoSuchModel  a model that is neither here nor in the catalogue
│   ├── BadImage         an upload that is no picture we accept
│   ├── BadWeights       a file of weights that cannot be used
│   ├── NotFetched       a model that could not be fetched from where it is published
│   ├── ExtraMissing     a LoRA or an embedding is not here any more
│   ├── ExtraUnusable    its file is broken, or not what it was
│   ├── ExtraMismatch    it was made for another kind of model
│   ├── QueueFull        the whole queue is at its limit
│   ├── QuotaReached     this person already has as many open jobs as allowed
│   ├── Restarting       the bot is on its way down and accepts nothing new
│   ├── Refused          the safety rules said no
│   │   └── Withheld     they did so when there was a picture already
│   ├── NotYours         a control of somebody else's picture
│   ├── Gone             the picture or job was deleted
│   ├── Interrupted      a private job that nobody can find again after the bot was away
│   └── Cancelled        somebody pressed Cancel
└── ServiceError         an apology with the job's number, and a traceback in the log unless it is `expected`
    ├── OutOfMemory      the picture does not fit the GPU
    ├── WorkerLost       the worker process ended on this job; whoever owns the job counts it and tries once more
    ├── WorkerDied       the worker process ended twice on the same job
    ├── ModelMissing     the checkpoint is not on this machine
    ├── LoadFailed       the checkpoint is here but cannot be loaded
    ├── DrawingFailed    the engine raised something we have no better name for
    │   └── Overflowed   the network's numbers overflowed, in single precision too where there was room to try it
    ├── RemoteFailed     an engine that is somebody's service did not draw
    └── StorageFull      no room left on the disk

A class carries its fields and its own sentence: a gettext template that `cogs/errors.py` translates and fills.
Every sentence ends with what to do next.
"""

import errno
from typing import ClassVar

# What the system says when there is no room: on the disk, in the quota of whoever runs us, in a file of allowed size.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def N_(sentence: str) -> str:
    """Mark a sentence for the translation catalogues; it is translated where it is shown."""
    return sentence


class GengaError(Exception):
    """Root of the tree: `sentence` is the template, the keyword arguments are what fills it."""

    sentence: ClassVar[str] = N_("Something went wrong. Please try again.")

    def __init__(self, detail: str = "", /, *, template: str | None = None, **fields: str | int | float) -> None:
        self.template = template or type(self).sentence
        self.fields = fields
        self.detail = detail
        super().__init__(detail or self.english())

    def english(self) -> str:
        """The sentence in English with its fields filled in."""
        shown = {name: f"{field:.12g}" if isinstance(field, float) else field for name, field in self.fields.items()}
        return self.template.format(**shown)


class UserError(GengaError):
    """Shown to the person as it is; not logged."""


class ServiceError(GengaError):
    """Shown as an apology with the job's number; the traceback is logged, where it tells more than the error itself."""

    expected: ClassVar[bool] = False  # it happens to whoever runs the bot long enough, and one line says it all


class BadRequest(UserError):
    """A wish that cannot become a request; always raised with a `template` of its own."""

    sentence = N_("That request cannot be drawn. Change it and send it again.")


class TooManyWords(BadRequest):
    """A prompt that is longer in tokens than any chain of chunks; in characters it was not."""

    sentence = N_("That prompt has too many words for me: about {limit} short ones are the most. Please shorten it.")


class NotInstalled(BadRequest):
    """A model that could be installed; `name` is the catalogue's."""

    sentence = N_("{title} isn't installed here. Choose another one from the list, or ask for it.")
    not_drawn = N_("This version of me cannot draw with {title} yet. Choose another one from the list.")
    by_hand = N_(
        "{title} isn't installed here, and I can't fetch it: only my operator can get it, by hand. Choose another one "
        "from the list."
    )

    def __init__(self, *, name: str, title: str, template: str | None = None) -> None:
        self.name = name
        super().__init__(template=template, title=title)


class NoSuchModel(BadRequest):
    """A model that there is not; `typed` is what somebody called it."""

    sentence = N_("There is no model {model} here. Choose one from the list, or leave it out.")
    with_near = N_("There is no model {model} here. Did you mean {near}? Choose one from the list, or leave it out.")

    def __init__(self, typed: str, *, template: str | None = None, **fields: str) -> None:
        self.typed = typed
        super().__init__(template=template, **fields)


class BadImage(UserError):
    """An upload that is not a picture we accept; raised with a `template` that names the reason."""

    sentence = N_("That file is not a picture I can read. Send a PNG, JPEG or WebP instead.")


class BadWeights(UserError):
    """A checkpoint, LoRA, VAE or embedding that cannot be used; raised with a `template` that names the reason."""

    sentence = N_("That file cannot be used as a model. Choose another one.")


class NotFetched(UserError):
    """A model that could not be fetched; raised with a `template` that names the reason."""

    sentence = N_("The model could not be fetched. Please try again later.")


class ExtraMissing(UserError):
    """A LoRA or an embedding that a request names lies nowhere any more."""

    sentence = N_("{extra} is not here any more. Leave it out, or choose another one.")


class ExtraUnusable(UserError):
    """The file of a LoRA or an embedding cannot be used; `what` says why."""

    sentence = N_("{extra} cannot be used: {what}. Leave it out, or choose another one.")


class ExtraMismatch(UserError):
    """A LoRA or an embedding that was made for another family; `what` is that family, or ANOTHER."""

    ANOTHER = N_("another kind of model")
    sentence = N_(
        "{extra} was made for {what}, but {model} is {family}. Leave it out, or choose a model that it was made for."
    )


class QueueFull(UserError):
    """The bot's whole queue is at its limit."""

    sentence = N_("The queue is full right now ({limit} requests). Please try again in about {minutes} min.")


class QuotaReached(UserError):
    """The person already has as many open jobs as one person may have."""

    sentence = N_("You already have {limit} pictures waiting. Let one finish, or cancel one with /queue.")


class Restarting(UserError):
    """The bot was told to stop: nothing new is accepted, what waits goes on after the start."""

    sentence = N_("I am restarting. Please try again in a minute; pictures that are waiting are not lost.")


class Refused(UserError):
    """The safety rules refused; one neutral sentence for every rule of a stage, so that it is no oracle."""

    sentence = N_(
        "I can't draw this one. Change the prompt and try again; /report reaches a person if that seems wrong."
    )


class Withheld(Refused):
    """A picture that is there and may not be shown, or not where it would be."""


class NotYours(UserError):
    """A control that only its owner, or a moderator, may use."""

    sentence = N_("Only the person who asked for this picture can do that. Press Reroll to make your own.")


class Gone(UserError):
    """The picture, job or message that a control speaks of was deleted."""

    sentence = N_("That picture has been deleted. Draw a new one with /imagine.")


class Interrupted(UserError):
    """The bot was away for so long that it cannot know whether its private answer was seen."""

    sentence = N_("I was restarted before I could draw your private picture. Press Try again to have it drawn now.")


class Cancelled(UserError):
    """The job was cancelled by its owner or a moderator."""

    sentence = N_("Cancelled. Nothing was drawn.")


class OutOfMemory(ServiceError):
    """The picture does not fit into the device's memory."""

    sentence = N_("{width}×{height} does not fit into the graphics memory. Try a smaller size.")
    sentence_with_size = N_("{width}×{height} does not fit into the graphics memory. Try {fits}.")

    def __init__(self, detail: str = "", /, *, template: str | None = None, **fields: str | int | float) -> None:
        known = self.sentence_with_size if "fits" in fields else None  # `fits` is the largest size that would
        super().__init__(detail, template=template or known, **fields)


class WorkerLost(ServiceError):
    """The drawing process ended before this request was finished; people see it only if nobody tries again.

    `counts` says whether the request may be to blame: it was being drawn, and nobody asked for the kill.
    """

    sentence = N_("The drawing process stopped. Please try again.")

    def __init__(self, detail: str = "", /, *, counts: bool = True) -> None:
        self.counts = counts
        super().__init__(detail)


class WorkerDied(ServiceError):
    """The drawing process ended twice while it worked on the same job."""

    expected = True
    sentence = N_("The drawing process stopped twice on this picture, so I gave up. Change the request and try again.")


class CannotStart(ServiceError):
    """No drawing process has come up for so long that nobody should wait for it any more."""

    expected = True
    sentence = N_(
        "The drawing process hasn't started for {minutes} min, so I gave up. Please tell the bot's operator, and try "
        "again later."
    )


class ModelMissing(ServiceError):
    """The checkpoint's files are not on this machine."""

    sentence = N_("The model {model} is not installed here. Choose another one.")


class LoadFailed(ServiceError):
    """The checkpoint's files are here but cannot be loaded."""

    sentence = N_("The model {model} could not be loaded. Choose another one, or tell the bot's operator.")


class DrawingFailed(ServiceError):
    """An engine raised something that has no better name."""

    sentence = N_("Drawing failed, and it was not your fault. Please try again.")


class Overflowed(DrawingFailed):
    """The numbers of the network grew beyond what they are kept in, and there is no picture in them."""

    sentence = N_(
        "The numbers overflowed while this was drawn, so there is no picture. Try a lower guidance, a lighter LoRA, or "
        "another model."
    )


class RemoteFailed(ServiceError):
    """A service that draws for us did not; always raised with a `template` that says why."""

    expected = True
    sentence = N_("The service that draws with this model didn't answer. Please try again later.")


class StorageFull(ServiceError):
    """The disk has no room for another picture."""

    expected = True
    sentence = N_("There is no room left to keep pictures. Please tell the bot's operator.")
