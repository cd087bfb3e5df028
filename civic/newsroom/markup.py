"""The markup of a story's body lives in `kit`, where the public's page can read it too."""

from civic.kit.markup import Block, blocks, left_over, plain, slots_used, words

__all__ = ["Block", "blocks", "left_over", "plain", "slots_used", "words"]
