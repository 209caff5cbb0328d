"""SLAs and their policies, key by key."""

from __future__ import annotations

from ...reference.notation import shape

TYPES = "<conversation incident issue ticket>"
STATUS = "<archived draft published>"
_INT32 = 2**31 - 1
_PARTS = "PROD/CAPL/FEAT/ENH/LINKABLE/RUNNABLE"
_ANSWERS = (
    shape(
        "sla-full",
        "A promise to customers, or among agents.",
        f"""
        id*                don     Its DON.
        display_id         text    SLA-n.
        name*              text    Its name.
        description        text    What it is for.
        status*            {STATUS}  Whether it is in force.
        sla_type           <external internal>  Whom it is promised to.
        evaluation_period  <monthly quarterly weekly yearly>  How often it is judged.
        account_filter     object  The accounts that it is for, as they were asked for.
        policies           [sla-policy]  Its policies, in decreasing priority.
        created_by         user    Who made it.
        created_date       time    When.
        modified_by        user    Who changed it last.
        modified_date      time    When.
        """,
    ),
    shape(
        "sla-policy",
        "Targets for some objects.",
        """
        name*      text          Its name.
        selector*  sla-selector  The objects.
        metrics*   [sla-policy-target]  Their targets.
        """,
    ),
    shape(
        "sla-selector",
        "The objects that a policy is for: every field has to fit, by any of its values.",
        f"""
        applies_to*            {TYPES}  Their type.
        custom_fields          object   The values of custom fields.
        groups                 [group]  Their groups.
        issue_selector         issue-selector  What it asks of issues.
        owners                 [user]   Their owners.
        parts                  [part]   Their parts.
        priority               [<p0 p1 p2>]  Their priority.
        severity               [<blocker high low medium>]  Their severity.
        source_channel         [text]   Where they came from.
        subtype                [text]   Their subtype.
        tags                   [tag]    Their tags.
        ticket_source_channel  [text]   Where tickets came from.
        """,
    ),
    shape(
        "issue-selector",
        "The issues that a policy is for.",
        """
        custom_fields  object  The values of custom fields.
        owners         [user]  Their owners.
        parts          [part]  Their parts.
        rev_orgs       [organization]  Their workspaces.
        stage_name     [text]  Their stages.
        subtype        [text]  Their subtype.
        tags           [tag]   Their tags.
        """,
    ),
    shape(
        "sla-policy-target",
        "One target of a policy.",
        """
        metric*         metric    What is measured.
        target*         int32     The value not to be passed, in minutes for times.
        warning_target  int32     The value from which it warns.
        org_schedule    schedule  The hours that it counts in.
        performance     number    How many percent must not miss it.
        """,
    ),
    shape(
        "sla-assign-result",
        "What became of a workspace.",
        """
        rev_org*  organization   The workspace.
        error     assign-error   Why it did not get the SLA.
        """,
    ),
    shape(
        "assign-error",
        "Why something was not done.",
        """
        type      text   The type of the problem.
        message*  text   What is wrong.
        status*   int32  The HTTP status that it would be by itself.
        """,
    ),
)
_REQUESTS = (
    shape(
        "set-sla-policy",
        "Targets for some objects.",
        """
        name*      text(1..256)  Its name.
        selector*  set-sla-selector  The objects.
        metrics    [set-sla-target](..100)  Their targets.
        """,
        closed=True,
    ),
    shape(
        "set-sla-selector",
        "The objects that a policy is for: every field has to fit, by any of its values.",
        f"""
        applies_to*            {TYPES}       Their type.
        custom_fields          object        The values of custom fields by wire name, as `tnt__tier`.
        groups                 [id:GROUP](..100)  Their groups.
        issue_selector         set-issue-selector  What it asks of issues.
        owners                 [id:DEVU/SVCACC/SYSU](..100)  Their owners.
        parts                  [id:{_PARTS}](..100)  Their parts.
        priority               [<p0 p1 p2>](..3)  Their priority.
        severity               [<blocker high low medium>](..4)  Their severity.
        source_channel         [text(..64)](..100)  Where they came from.
        subtype                [text(..256)](..100)  Their subtype.
        tags                   [id:TAG](..100)  Their tags.
        ticket_source_channel  [text(..64)](..100)  Where tickets came from.
        """,
        closed=True,
    ),
    shape(
        "set-issue-selector",
        "The issues that a policy is for.",
        f"""
        custom_fields  object  The values of custom fields.
        owners         [id:DEVU/SVCACC/SYSU](..100)  Their owners.
        parts          [id:{_PARTS}](..100)  Their parts.
        rev_orgs       [id:REV](..100)  Their workspaces.
        stage_name     [text(..256)](..100)  Their stages.
        subtype        [text(..256)](..100)  Their subtype.
        tags           [id:TAG](..100)  Their tags.
        """,
        closed=True,
    ),
    shape(
        "set-sla-target",
        "One target of a policy.",
        f"""
        metric*          id:METRIC  What is measured.
        org_schedule_id  id:SCHED   The hours that it counts in; all when absent.
        performance      number     How many percent must not miss it.
        target*          int32(0..{_INT32})  The value not to be passed, in minutes for times.
        warning_target   int32(0..{_INT32})  The value from which it warns; not more than the target.
        """,
        closed=True,
    ),
    shape(
        "sla-accounts",
        "The accounts that an SLA is for: every field has to fit, by any of its values.",
        """
        created_by     [id:person](..100)  Who made them.
        created_date   sla-accounts-dates  When they were made.
        custom_fields  object  The values of custom fields.
        display_name   [text(..256)](..100)  Their names.
        domains        [text(..256)](..100)  Their domains.
        external_refs  [text(..512)](..100)  Their ids in systems of yours.
        modified_date  sla-accounts-dates  When they were changed.
        owned_by       [id:person](..100)  Who owns them.
        stage          [id:STAGE](..100)  Their stages.
        subtype        [text(..256)](..100)  Their subtypes.
        tags           [id:TAG](..100)  Their tags.
        tier           [text(..256)](..100)  Their tiers.
        websites       [text(..2048)](..100)  Their websites.
        """,
        closed=True,
    ),
    shape(
        "sla-accounts-dates",
        "A range of time; both bounds belong to it.",
        """
        after   time  This time or later.
        before  time  This time or earlier.
        """,
        closed=True,
    ),
)
SLA_SHAPES = (*_ANSWERS, *_REQUESTS)
