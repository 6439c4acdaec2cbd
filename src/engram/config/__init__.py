"""One strict schema for every setting: its unit, its default and the reason for that default.

The same fields become engram.toml, command-line flags and the reference in docs/. Unknown keys are errors.
Not here: reading files (settings_file.py), paths (home.py), and anything that acts on a setting.
"""

from __future__ import annotations

from engram.config.lessons import DataSettings, MeasureSettings, Policy, Shape
from engram.config.night import SleepSettings, TeacherSettings
from engram.config.section import Section, setting
from engram.config.talking import ChatSettings, LookupSettings, OnFinding, PrivacySettings, RecallSettings
from engram.config.training import (
    ALL_LINEAR,
    FEED_FORWARD,
    PROFILES,
    QUICK,
    EngramSettings,
    ModelSettings,
    TooLong,
    TrainSettings,
)

__all__ = [
    "ALL_LINEAR",
    "FEED_FORWARD",
    "PROFILES",
    "QUICK",
    "ChatSettings",
    "DataSettings",
    "EngramSettings",
    "LookupSettings",
    "MeasureSettings",
    "ModelSettings",
    "OnFinding",
    "Policy",
    "PrivacySettings",
    "RecallSettings",
    "Section",
    "Settings",
    "Shape",
    "SleepSettings",
    "TeacherSettings",
    "TooLong",
    "TrainSettings",
    "setting",
]


class Settings(Section):
    """All of engram.toml."""

    model: ModelSettings = ModelSettings()
    data: DataSettings = DataSettings()
    train: TrainSettings = TrainSettings()
    engram: EngramSettings = EngramSettings()
    measure: MeasureSettings = MeasureSettings()
    chat: ChatSettings = ChatSettings()
    recall: RecallSettings = RecallSettings()
    lookup: LookupSettings = LookupSettings()
    privacy: PrivacySettings = PrivacySettings()
    sleep: SleepSettings = SleepSettings()
    teacher: TeacherSettings = TeacherSettings()
