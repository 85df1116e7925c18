# SPDX-License-Identifier: Apache-2.0
"""Prints what the stand-in was sent: posted.py slack CHANNEL TS | github REPOSITORY NUMBER.

Reads the stand-in's state from standard input; exit status 1 when nothing was sent there.
"""
import json
import sys


def words(block):
    """The text of a Block Kit block, whatever it is nested in."""
    if isinstance(block, list):
        return [word for part in block for word in words(part)]
    if not isinstance(block, dict):
        return []
    found = [block["text"]] if isinstance(block.get("text"), str) else []
    return found + [word for value in block.values() for word in words(value)]


def slack(state, channel, ts):
    for message in reversed(state["messages"]):
        if message["channel"] == channel and message.get("thread_ts") == ts:
            text = "\n".join(words(message.get("blocks"))) or message.get("text", "")
            return f"Posted to Slack's stand-in, in the thread of {ts} in {channel}:", text
    return None


def github(state, repository, number):
    for comment in reversed(state["comments"]):
        if comment["repository"] == repository and str(comment["number"]) == number:
            return f"Posted to GitHub's stand-in, on {repository}#{number}:", comment["body"]
    return None


def main():
    post = {"slack": slack, "github": github}[sys.argv[1]](json.load(sys.stdin), *sys.argv[2:])
    if not post:
        return 1
    print(post[0])
    for line in post[1].splitlines():
        print("  | " + line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
