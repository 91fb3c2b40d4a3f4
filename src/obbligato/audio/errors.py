"""Why a file cannot be sold or a format not be made; each error is a sentence for people, never a code."""


class AudioRefused(Exception):
    """The audio was refused; str(error) is a true sentence that may be shown to whoever sent the file.

    `template` and `values` are what it is made of, for whoever says it in another language.
    """

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template.format(**values) if values else template)
        self.template, self.values = template, values


class NotAudio(AudioRefused):
    """The file is not a recording in any container that is accepted as a master."""


class NotLossless(AudioRefused):
    """The recording has been through a lossy encoder, so nothing better can be made from it."""


class Damaged(AudioRefused):
    """The file says one thing and its samples say another: a part is missing or changed."""


class UnsupportedAudio(AudioRefused):
    """Whole and lossless, but of a kind that is not sold: floating point, 32 bits, too many channels."""


class UnknownFormat(AudioRefused):
    """The name of a delivery format that does not exist."""


class TooLong(AudioRefused):
    """More samples than a format, a header field or a limit of this store can hold."""
