"""The shapes of schemas: fragments, the fields in them, and what makes them."""

from __future__ import annotations

from ...reference.notation import Shape, Union, shape, table

_TYPES = "bool composite date double enum id int json_value rich_text struct text timestamp tokens uenum"
_FIELD = f"""
    name*              text(1..128)  Its name, without namespace.
    field_type*        <array {_TYPES}>  What it holds.
    base_type          <{_TYPES}>  What an array holds.
    description        text(..65536)   What it is for.
    is_filterable      bool            Whether lists can ask for it; true when absent.
    is_immutable       bool            Whether it stays as it was first set.
    is_pii             bool            Whether it tells of a person.
    is_required        bool            Whether writes that validate required fields must have it.
    default_value      any             What it is at first.
    origin             text(..256)     Where its definition came from.
    mfz                object          Kept as it is given.
    oasis              object          Kept as it is given.
    ui                 set-field-ui    How clients show it.
    allowed_values     [any](..10000)  Of an enum: texts; of a uenum: objects of id, label and ordinal.
    translated_values  {{text}}        The allowed values in another language.
    is_overridable     bool            Kept as it is given.
    composite_type     text            The composite type that it holds.
    id_type            [text](..100)   What its ids may name.
    contains           text            A text that its texts hold.
    prefix             text            What its texts begin with.
    suffix             text            What its texts end with.
    pattern            text(..1000)    A regular expression that its texts match.
    eq_len             int64           The length of its texts.
    min_len            int64           The least length of its texts.
    max_len            int64           The greatest length of its texts.
    gt                 int64           What its numbers are above.
    gte                int64           The least of its numbers.
    lt                 int64           What its numbers are below.
    lte                int64           The greatest of its numbers.
    eq_items           int64           How many items an array has.
    min_items          int64           How many it has at least.
    max_items          int64           How many it has at most.
"""
_UI = """
    client_overrides          [object]  What single clients do otherwise.
    create_view               object    How it looks where things are made.
    decimal_places            int32     How many are shown.
    detail_view               object    How it looks on a thing's own page.
    display_name              text      What people call it.
    filter_view               object    How it looks among filters.
    group_name                text      The group that it is shown in.
    is_active_in_detail_view  bool      Whether it is active on a thing's own page.
    is_bulk_action_enabled    bool      Whether many can be changed at once.
    is_currency_field         bool      Whether it is an amount of money.
    is_groupable              bool      Whether lists can be grouped by it.
    is_hidden                 bool      Whether it is hidden.
    is_hidden_during_create   bool      Whether it is hidden where things are made.
    is_read_only              bool      Whether clients let nobody change it.
    is_required               bool      Whether clients ask for it.
    is_shown_in_summary       bool      Whether summaries show it.
    is_sortable               bool      Whether lists can be sorted by it.
    list_view                 object    How it looks in lists.
    order                     int32     Its place.
    placeholder               text      What stands where nothing is given.
    search_query              text      What its choices are searched by.
    summary_view              object    How it looks in summaries.
    tooltip                   text      What is said of it.
    unit                      text      Its unit.
    use_shorthand_notation    bool      Whether 1000 is shown as 1K.
"""
_FRAGMENT = """
    id*                    don                 Its id.
    display_id             text                Its short id.
    type*                  <app_fragment custom_type_fragment tenant_fragment>  What its fields are of.
    fragment_type          <app custom_type tenant>  The same, as older clients know it.
    leaf_type              text                What carries the fields.
    description            text                What it is for.
    fields                 [field-descriptor]  Its fields, under their names without namespace.
    composite_schemas      [composite-schema]  Its composite types.
    subtype                text                The subtype.
    subtype_display_name   text                What people call the subtype.
    stage_diagram          stage-diagram-summary  The stage diagram of the subtype.
    app                    text                The app, and the namespace of its fields.
    app_display_name       text                What people call the app.
    deprecated             bool                Whether nothing new may take it on.
    is_deprecated          bool                The same.
    is_custom_leaf_type    bool                Always false.
    created_by             user                Who made it.
    created_date           time                When.
    modified_by            user                Who changed it last.
    modified_date          time                When.
"""

SHAPES: tuple[Shape | Union, ...] = (
    shape("set-schema-field", "A custom field; which keys it can have depends on its type.", _FIELD, closed=True),
    shape("set-field-ui", "How clients show a field; kept as it is given.", _UI, closed=True),
    shape(
        "set-composite-schema",
        "A type of fields with parts.",
        """
        name*        text(1..128)                Its name.
        description  text(..65536)               What it is for.
        fields*      [set-schema-field](1..1000)  Its parts.
        """,
        closed=True,
    ),
    shape("schema-fragment", "Custom fields of a leaf type, a subtype or an app.", _FRAGMENT),
    shape(
        "composite-schema",
        "A type of fields with parts.",
        table("name  text  Its name.", "description  text  What it is for.", "fields*  [field-descriptor]  Its parts."),
    ),
    shape(
        "stage-diagram-summary",
        "A stage diagram.",
        """
        id*         don   Its id.
        display_id  text  Its short id.
        name        text  Its name.
        """,
    ),
    shape(
        "stock-fragment",
        "The fields that every object of a leaf type has.",
        """
        id*                 don                 Its id.
        leaf_type           text                What has the fields.
        title               text                What people call that.
        description         text                What it is.
        fields*             [field-descriptor]  The fields.
        composite_schemas*  [composite-schema]  The types of fields with parts.
        created_by          user                Who made it.
        created_date        time                When.
        modified_by         user                Who changed it last.
        modified_date       time                When.
        """,
    ),
    shape(
        "aggregated-schema",
        "Everything that an object of some fragments can have.",
        """
        leaf_type                 text                What it is of.
        title                     text                What people call that.
        description               text                What it is.
        subtype                   text                Its subtype.
        subtype_display_name      text                What people call that.
        apps                      [text]              Its apps.
        is_custom_leaf_type       bool                Always false.
        stage_diagram_id          stage-diagram-summary  What rules its stages.
        stock_fields*             [field-descriptor]  The stock fields.
        custom_fields*            [field-descriptor]  The custom fields, under their wire names.
        stock_composite_schemas*  [composite-schema]  The types of stock fields with parts.
        custom_composite_schemas*  [composite-schema]  The types of custom fields with parts.
        """,
    ),
    shape(
        "read-schema-spec",
        "What an object carries.",
        """
        apps     [text]  Its apps.
        subtype  text    Its subtype.
        """,
        closed=True,
    ),
    shape(
        "subtype",
        "A subtype of a leaf type.",
        """
        value*        text  Its name.
        display_name  text  What people call it.
        leaf_type*    text  What it is a subtype of.
        fragment_id*  don   What defines its fields.
        """,
    ),
    shape(
        "added-field",
        "A field that comes with a subtype.",
        """
        name*          text  Its wire name.
        default_value  any   What it will be.
        """,
    ),
    shape(
        "dropped-field",
        "A field that goes with a subtype.",
        """
        name*           text                                                What was its wire name.
        conflict_type*  <absent_in_new absent_in_old incompatible_type>  Why.
        message*        text                                                The same in words.
        """,
    ),
)
