#!/usr/bin/env python3
"""A Dynamo worker without an engine, for any version from 0.8 on.

Everything a client of a worker sees is Dynamo's own: runtime, system server with /v1/loras, adapter download and
cache, discovery, request plane. Only the GPU engine is a stand-in: it checks an adapter's files as an engine would,
and answers every prompt with words chosen by a hash of the weights (harness/tiny_model.py), so that a completion
proves which weights are loaded. The environment is that of dynamo.vllm: DYN_SYSTEM_HOST, DYN_LORA_ENABLED, AWS_* ...

usage: light_worker.py MODEL_FOLDER --name NAME [--max-rank N] [--load-seconds S] [--token-seconds S]
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dynamo import _core as core  # noqa: E402
from harness.tiny_model import word_numbers, words  # noqa: E402

# Until 1.0 these two had other names.
register_model = getattr(core, "register_model", None) or core.register_llm
unregister_model = getattr(core, "unregister_model", None) or core.unregister_llm


def make_runtime() -> core.DistributedRuntime:
    discovery = os.environ.get("DYN_DISCOVERY_BACKEND", "file")
    request_plane = os.environ.get("DYN_REQUEST_PLANE", "tcp")
    if "event_plane" in core.DistributedRuntime.__text_signature__:
        options = {"event_plane": os.environ.get("DYN_EVENT_PLANE", "zmq")}
    else:
        options = {"enable_nats": False}
    return core.DistributedRuntime(asyncio.get_running_loop(), discovery, request_plane, **options)


def make_endpoint(runtime: core.DistributedRuntime, name: str):
    if hasattr(runtime, "endpoint"):
        return runtime.endpoint(f"dynamo.backend.{name}")
    return runtime.namespace("dynamo").component("backend").endpoint(name)


class LightWorker:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.weights: dict[str, Path] = {}  # adapter -> its weights file
        self.locks: dict[str, asyncio.Lock] = {}
        self.base = options.model / "model.safetensors"
        self.tokens = [number for _, number in words(options.model)]
        self.downloader = core.LoRADownloader()
        runtime = make_runtime()
        self.endpoints = {name: make_endpoint(runtime, name)
                          for name in ("generate", "load_lora", "unload_lora", "list_loras")}

    async def run(self) -> None:
        await self.register(model_name=self.options.name)
        probe = {"token_ids": [3], "stop_conditions": {"max_tokens": 1}, "model": self.options.name}
        await asyncio.gather(
            self.endpoints["generate"].serve_endpoint(self.generate, health_check_payload=probe),
            self.endpoints["load_lora"].serve_endpoint(self.load),
            self.endpoints["unload_lora"].serve_endpoint(self.unload),
            self.endpoints["list_loras"].serve_endpoint(self.list))

    async def register(self, **card) -> None:
        """Publishes a model card for the frontend: the base model's, or an adapter's."""
        if "worker_type" in register_model.__text_signature__:
            card["worker_type"] = core.WorkerType.Aggregated
        config = core.ModelRuntimeConfig()
        config.total_kv_blocks, config.max_num_seqs, config.max_num_batched_tokens = 4096, 8, 2048
        await register_model(core.ModelInput.Tokens, core.ModelType.Chat | core.ModelType.Completions,
                             self.endpoints["generate"], str(self.options.model), kv_cache_block_size=16,
                             runtime_config=config, **card)

    async def load(self, request):
        name = request["lora_name"]
        print("call load", name, request["source"]["uri"], flush=True)  # Fleet.calls reads these lines
        if not name:
            yield {"status": "error", "message": "'lora_name' is required and must be a string"}
            return
        async with self.locks.setdefault(name, asyncio.Lock()):
            answer = await self.load_one(name, request["source"]["uri"])
        yield answer

    async def load_one(self, name: str, uri: str) -> dict:
        known = {"lora_name": name, "lora_id": core.lora_name_to_id(name)}
        if name in self.weights:  # as Dynamo's workers: by name alone, whatever the URI
            return {"status": "success", "message": f"LoRA adapter '{name}' already loaded", **known}
        await asyncio.sleep(self.options.load_seconds)
        try:
            folder = Path(str(await self.downloader.download_if_needed(uri)))
        except Exception as error:
            return {"status": "error", "message": f"Failed to download LoRA: {error}"}
        try:
            self.weights[name] = check_adapter(folder, self.options.max_rank)
        except Exception as error:
            return {"status": "error", "message": f"Failed to add LoRA '{name}': {error}", "lora_name": name}
        try:
            await self.register(lora_name=name, base_model_path=str(self.options.model),
                                user_data={"lora_adapter": True, "lora_id": known["lora_id"]})
        except Exception as error:
            del self.weights[name]
            return {"status": "error", "lora_name": name,
                    "message": f"Failed to register LoRA '{name}' in discovery registry: {error}"}
        return {"status": "success", "message": f"LoRA adapter '{name}' loaded successfully", **known}

    async def unload(self, request):
        name = request["lora_name"]
        print("call unload", name, flush=True)
        async with self.locks.setdefault(name, asyncio.Lock()):
            if name in self.weights:
                await unregister_model(self.endpoints["generate"], lora_name=name)
                del self.weights[name]
                answer = {"status": "success", "message": f"LoRA adapter '{name}' unloaded successfully",
                          "lora_name": name, "lora_id": core.lora_name_to_id(name)}
            else:
                answer = {"status": "error",
                          "message": f"LoRA adapter '{name}' not found. Available LoRAs: {list(self.weights)}"}
        yield answer

    async def list(self, _request=None):
        yield {"status": "success", "loras": {name: core.lora_name_to_id(name) for name in self.weights},
               "count": len(self.weights)}

    async def generate(self, request, _context=None):
        model = request.get("model") or self.options.name
        if model in self.weights:
            weights = self.weights[model]
        elif model in (self.options.name, str(self.options.model)):
            weights = self.base
        else:
            raise ValueError(f"unknown model or LoRA adapter: '{model}'")
        count = (request.get("stop_conditions") or {}).get("max_tokens") or 16
        for position, number in enumerate(word_numbers(weights, count, len(self.tokens)), start=1):
            await asyncio.sleep(self.options.token_seconds)
            last = {"finish_reason": "length"} if position == count else {}
            yield {"token_ids": [self.tokens[number]], **last}


def check_adapter(folder: Path, max_rank: int) -> Path:
    """What an engine checks first: the config, the rank, a readable safetensors header. Returns the weights file."""
    config = json.loads((folder / "adapter_config.json").read_text())
    if config["r"] > max_rank:
        raise ValueError(f"LoRA rank {config['r']} is greater than max_lora_rank {max_rank}.")
    weights = folder / "adapter_model.safetensors"
    data = weights.read_bytes()
    size = int.from_bytes(data[:8], "little")
    if size > len(data) - 8:
        raise ValueError("Error while deserializing header: header too large")
    json.loads(data[8:8 + size])
    return weights


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--max-rank", type=int, default=16)
    parser.add_argument("--load-seconds", type=float, default=0.0)
    parser.add_argument("--token-seconds", type=float, default=0.0)
    await LightWorker(parser.parse_args()).run()


if __name__ == "__main__":
    asyncio.run(main())
