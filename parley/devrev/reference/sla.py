"""Service levels and imports on DevRev's wire, key by key."""

from __future__ import annotations

from ...reference.notation import shape

_STAGES = "<breached completed paused running warning>"

SLA = (
    shape(
        "sla-summary",
        "How a conversation stands against its service level, by the target that comes next.",
        f"""
        closest_to_breach_metric  text         That target's name.
        org_schedule              schedule     The business hours that it counts in.
        remaining_time            int32        Minutes left; only while the target is paused.
        sla_tracker               sla-tracker  Every target.
        stage                     {_STAGES}  How it stands.
        target_time               time         When it is due.
        """,
    ),
    shape(
        "sla-tracker-ref",
        "The tracker of a service level.",
        """
        id*              don             Its DON.
        display_id       text            SLAT-n.
        applies_to_type  "conversation"  What it is about.
        """,
    ),
    shape(
        "sla-tracker",
        "The tracker of a service level with every target.",
        f"""
        id*                         don             Its DON.
        display_id                  text            SLAT-n.
        created_by                  user            Who started it.
        created_date                time            When it was started.
        modified_by                 user            Who last changed it.
        modified_date               time            When it was last changed.
        applies_to_id               don             The conversation.
        applies_to_type             "conversation"  What it is about.
        metric_target_summaries*    [sla-target]    Its targets.
        removed_sla_metric_history  [removed-target]  Targets that were taken away.
        sla                         sla             The service level.
        sla_policy_id               don             The policy of it that applies.
        stage                       {_STAGES}  How it stands.
        status                      <in_progress hit miss>  Whether a target was ever missed.
        """,
    ),
    shape(
        "sla-target",
        "One target.",
        f"""
        metric_definition*        metric    What is measured.
        stage*                    {_STAGES}  How it stands.
        status                    text      in_progress, hit or miss.
        breached_at               time      When it was missed.
        completed_at              time      When it was reached.
        completed_in              int32     Minutes that this took.
        completed_in_seconds      int64     The same in seconds.
        in_policy                 bool      Whether the policy still has it.
        is_out_of_schedule        bool      Whether the clock stands still outside business hours.
        next_schedule_transition  time      When business hours begin or end next.
        org_schedule              schedule  The business hours that it counts in.
        remaining_time            int32     Minutes left; only while it is paused.
        target_time               time      When it is due.
        warning_target_time       time      When it begins to warn.
        """,
    ),
    shape(
        "removed-target",
        "A target that was taken away.",
        """
        metric_definition*  metric  What was measured.
        removed_at*         time    When.
        removed_by*         user    By whom.
        """,
    ),
    shape(
        "metric",
        "What a target measures.",
        """
        id*         don   Its DON.
        display_id  text  METRIC-n.
        name        text  Its name.
        """,
    ),
    shape(
        "sla",
        "A service level.",
        """
        id*         don   Its DON.
        display_id  text  SLA-n.
        name*       text  Its name.
        status*     <archived draft published>  Whether it is in force.
        sla_type    <external internal>  Whom it is promised to.
        """,
    ),
    shape(
        "schedule",
        "Business hours.",
        """
        id*          don   Its DON.
        display_id   text  SCHED-n.
        name         text  Its name.
        status*      <archived draft published>  Whether it is in force.
        timezone     text  As `Europe/Lisbon`.
        valid_until  time  When it ends.
        """,
    ),
    shape(
        "sync-metadata",
        "Where an imported object came from.",
        """
        external_record_id  text  Its id there.
        external_reference  text  The same.
        origin_system       text  The system.
        last_sync_in        sync  When it was last brought here.
        last_sync_out       sync  When it was last sent there.
        """,
    ),
    shape(
        "sync",
        "One import or export of an object.",
        """
        status     <failed modified staged succeeded>  How it ended.
        sync_date  time       When.
        sync_unit  sync-unit  The unit that it was part of.
        """,
    ),
    shape(
        "sync-unit",
        "What is imported together.",
        """
        id*                   don    Its DON.
        display_id            text   SYNC-n.
        name                  text   Its name.
        external_system_type  text?  The kind of system, as `zendesk`.
        is_archived           bool?  Whether it is no longer used.
        sync_type             <manual periodic>?  How it is started.
        sync_run              sync-run  Its last run.
        """,
    ),
    shape(
        "sync-run",
        "A run.",
        """
        mode      <initial sync_from_devrev sync_to_devrev>?  Its direction.
        progress  sync-progress  How far it came.
        """,
    ),
    shape(
        "sync-progress",
        "How far a run came.",
        """
        state  text?  As `completed` or `loading`.
        """,
    ),
)
