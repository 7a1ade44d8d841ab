#!/usr/bin/env python3
"""A dateline module in another language: says of each event which desks it is for, by the countries of its actors.

In dateline.yaml(5), behind code:
    work:
      modules:
        - decode
        - read
        - code
        - exec:
            name: desks
            command: [/usr/bin/python3, /usr/local/lib/dateline/module-desks.py, "europe=FRA,DEU", "asia=CHN,JPN"]

A story comes as a JSON object on one line of standard input; the answer is one line on standard output: the same
object with what was changed or added. What is written to standard error goes to the log. See dateline-module(3).
"""
import json
import sys

sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8")

desks = {}
for argument in sys.argv[1:]:
    desk, _, countries = argument.partition("=")
    for country in countries.split(","):
        desks.setdefault(country, []).append(desk)

for line in sys.stdin:
    story = json.loads(line)
    for event in story.get("events", []):
        actors = event.get("source", []) + event.get("target", [])
        countries = {actor["code"][:3] for actor in actors if actor.get("code")}
        event["desks"] = sorted({desk for country in countries for desk in desks.get(country, [])})
    print(json.dumps(story, ensure_ascii=False), flush=True)
