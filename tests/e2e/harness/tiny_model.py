"""Makes a tiny Qwen3 model and LoRA adapters for it: real file formats, random weights from fixed seeds, no torch.

    folder/model               590 kB: config, tokenizer with chat template, weights
    folder/adapters/alpha      rank 8; beta (rank 8) and gamma (rank 4) have other weights
    folder/adapters/bigrank    rank 64, more than workers take
    folder/adapters/broken     weights that are no safetensors file
    folder/adapters/noconfig   weights without adapter_config.json

`answer` says what the light worker (../workers/light_worker.py) writes with given weights, so a completion proves
which weights are loaded.
"""

import hashlib
import json
import random
import shutil
from array import array
from collections import Counter
from pathlib import Path

_FORMAT = 1  # changes with what this file writes, so that a cached folder of an older clone is not used
_HIDDEN, _INTERMEDIATE, _LAYERS, _HEADS, _KEY_VALUE_HEADS, _HEAD = 64, 128, 2, 4, 2, 32
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_TEMPLATE = ("{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
             "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
_TEXT = ("the quick brown fox jumps over the lazy dog load adapter and answer with it hello world what is your name "
         "where are you from zero one two three four five six seven eight nine ten")

# Projection -> output and input width.
_PROJECTIONS = {
    "self_attn.q_proj": (_HEADS * _HEAD, _HIDDEN),
    "self_attn.k_proj": (_KEY_VALUE_HEADS * _HEAD, _HIDDEN),
    "self_attn.v_proj": (_KEY_VALUE_HEADS * _HEAD, _HIDDEN),
    "self_attn.o_proj": (_HIDDEN, _HEADS * _HEAD),
    "mlp.gate_proj": (_INTERMEDIATE, _HIDDEN),
    "mlp.up_proj": (_INTERMEDIATE, _HIDDEN),
    "mlp.down_proj": (_HIDDEN, _INTERMEDIATE),
}


def ensure(cache: Path) -> Path:
    """The folder with model and adapters, made when missing."""
    folder = cache / f"tiny-model-{_FORMAT}"
    if not folder.exists():
        unfinished = cache / f".tiny-model-{_FORMAT}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_model(unfinished / "model")
        for name, seed, rank in (("alpha", 1, 8), ("beta", 2, 8), ("gamma", 3, 4), ("bigrank", 4, 64)):
            write_adapter(unfinished / "adapters" / name, seed, rank)
        shutil.copytree(unfinished / "adapters" / "alpha", unfinished / "adapters" / "broken")
        (unfinished / "adapters" / "broken" / "adapter_model.safetensors").write_bytes(b"not a safetensors file " * 20)
        shutil.copytree(unfinished / "adapters" / "alpha", unfinished / "adapters" / "noconfig")
        (unfinished / "adapters" / "noconfig" / "adapter_config.json").unlink()
        unfinished.rename(folder)
    return folder


def words(model: Path) -> list[tuple[str, int]]:
    """The tokens an answer is made of: each a space and a whole word."""
    vocabulary = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    return sorted((token[1:], number) for token, number in vocabulary.items()
                  if token.startswith("Ġ") and token[1:] in _TEXT.split())


def word_numbers(weights: Path, count: int, choices: int) -> list[int]:
    """Which words weights speak: chosen by a hash of the file, so other content speaks other words."""
    digest = hashlib.sha256(weights.read_bytes()).digest()
    return [int.from_bytes(hashlib.sha256(digest + bytes([i % 256])).digest()[:4], "big") % choices
            for i in range(count)]


def answer(model: Path, adapter: Path | None = None, count: int = 8) -> str:
    weights = adapter / "adapter_model.safetensors" if adapter else model / "model.safetensors"
    table = words(model)
    return " ".join(table[n][0] for n in word_numbers(weights, count, len(table)))


def write_model(folder: Path) -> None:
    folder.mkdir(parents=True)
    vocabulary, merges = _train_byte_pairs(_TEXT)
    size = (len(vocabulary) + 63) // 64 * 64
    _write_json(folder / "config.json", {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "vocab_size": size, "hidden_size": _HIDDEN,
        "intermediate_size": _INTERMEDIATE, "num_hidden_layers": _LAYERS, "num_attention_heads": _HEADS,
        "num_key_value_heads": _KEY_VALUE_HEADS, "head_dim": _HEAD, "hidden_act": "silu", "rms_norm_eps": 1e-6,
        "max_position_embeddings": 1024, "rope_theta": 10000.0, "attention_bias": False, "attention_dropout": 0.0,
        "initializer_range": 0.02, "tie_word_embeddings": False, "use_cache": True, "torch_dtype": "float32",
        "bos_token_id": None, "eos_token_id": 2, "pad_token_id": 0})
    _write_json(folder / "generation_config.json", {"eos_token_id": 2, "pad_token_id": 0})
    _write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
        "model_max_length": 1024, "clean_up_tokenization_spaces": False, "chat_template": _TEMPLATE})
    _write_json(folder / "tokenizer.json", _tokenizer(vocabulary, merges))
    chance = random.Random(7)
    tensors = {"model.embed_tokens.weight": _matrix(chance, size, _HIDDEN, 0.12),
               "lm_head.weight": _matrix(chance, size, _HIDDEN, 0.12),
               "model.norm.weight": _ones(_HIDDEN)}
    for layer in range(_LAYERS):
        start = f"model.layers.{layer}"
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{start}.{name}.weight"] = _ones(_HIDDEN)
        for name in ("q_norm", "k_norm"):
            tensors[f"{start}.self_attn.{name}.weight"] = _ones(_HEAD)
        for name, (rows, columns) in _PROJECTIONS.items():
            tensors[f"{start}.{name}.weight"] = _matrix(chance, rows, columns, 0.12)
    _write_safetensors(folder / "model.safetensors", tensors)


def write_adapter(folder: Path, seed: int, rank: int) -> None:
    """A LoRA adapter as peft writes it."""
    folder.mkdir(parents=True)
    _write_json(folder / "adapter_config.json", {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": "tiny-qwen3", "r": rank,
        "lora_alpha": 2 * rank, "lora_dropout": 0.0, "bias": "none", "fan_in_fan_out": False, "inference_mode": True,
        "use_dora": False, "use_rslora": False, "modules_to_save": None,
        "target_modules": [name.partition(".")[2] for name in _PROJECTIONS]})
    chance = random.Random(seed)
    tensors = {}
    for layer in range(_LAYERS):
        for name, (rows, columns) in _PROJECTIONS.items():
            start = f"base_model.model.model.layers.{layer}.{name}"
            tensors[f"{start}.lora_A.weight"] = _matrix(chance, rank, columns, 0.25)
            tensors[f"{start}.lora_B.weight"] = _matrix(chance, rows, rank, 0.25)
    _write_safetensors(folder / "adapter_model.safetensors", tensors)


def _matrix(chance: random.Random, rows: int, columns: int, deviation: float) -> tuple[list[int], array]:
    return [rows, columns], array("f", (chance.gauss(0, deviation) for _ in range(rows * columns)))


def _ones(size: int) -> tuple[list[int], array]:
    return [size], array("f", [1.0]) * size


def _write_safetensors(path: Path, tensors: dict[str, tuple[list[int], array]]) -> None:
    """An 8-byte length, a JSON header padded to 8 bytes, and the little-endian numbers it points into."""
    header, position = {"__metadata__": {"format": "pt"}}, 0
    for name, (shape, numbers) in sorted(tensors.items()):
        end = position + 4 * len(numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [position, end]}
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for _, (_, numbers) in sorted(tensors.items()):
            file.write(numbers.tobytes())


def _byte_symbols() -> list[str]:
    """Byte-level BPE writes each byte as a printable character: itself, or the next one from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _train_byte_pairs(text: str) -> tuple[dict[str, int], list[str]]:
    """Merges the commonest pair, ties by spelling, until each word of the text (with its leading space) is one token."""
    alphabet = _byte_symbols()
    vocabulary = {token: number for number, token in enumerate([*_SPECIAL, *alphabet])}
    merges = []
    parts = [[alphabet[byte] for byte in f" {word}".encode()] for word in sorted(set(text.split()))]
    while pairs := Counter(pair for word in parts for pair in zip(word, word[1:])):
        left, right = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(f"{left} {right}")
        vocabulary.setdefault(left + right, len(vocabulary))
        for word in parts:
            position = 0
            while position + 1 < len(word):
                if (word[position], word[position + 1]) == (left, right):
                    word[position:position + 2] = [left + right]
                position += 1
    return vocabulary, merges


def _tokenizer(vocabulary: dict[str, int], merges: list[str]) -> dict:
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": number, "content": token, **special} for number, token in enumerate(_SPECIAL)],
        "normalizer": None, "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary, "merges": merges}}


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
