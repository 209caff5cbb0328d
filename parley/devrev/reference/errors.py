"""The bodies of DevRev's refusals; always flat, told apart by ``type``."""

from __future__ import annotations

from ...reference.notation import shape

ERRORS = (
    shape(
        "bad-request",
        "A request that cannot be understood. Which keys follow depends on `type`.",
        """
        type*           <bad_request parse_error invalid_field missing_required_field value_not_permitted invalid_enum_value invalid_id
                          unexpected_id_type unexpected_json_type invalid_content_type invalid_api_version
                          customization_validation_error artifact_already_attached_to_a_parent>  What is wrong.
        message*        text     The status in words.
        detail*         text     What is wrong, for people.
        field_name      text     The field, as `tags_v2[0].id`.
        subtype         text     What is wrong with a custom field, as `wrong_type`.
        existing_parent  text    What the artifact belongs to.
        is_same         bool     Whether that is the object of this request.
        reason          text     Why the value is not permitted.
        value           text     The value that was given.
        actual          <array bool null number object string>  The JSON type that was given.
        expected        <array bool null number object string>  The JSON type that is wanted.
        allowed_values  [text]   The values that are permitted.
        allowed_types   [text]   The kinds of object whose ids are permitted.
        """,
    ),
    shape(
        "refusal",
        "Why the request was refused.",
        """
        type*  <unauthenticated token_expired token_revoked forbidden not_found conflict request_entity_too_large service_unavailable>  Why.
        message*  text  The status in words.
        detail*   text  What is wrong, for people.
        """,
    ),
    shape(
        "too-many-requests",
        "Too many requests of this token in this minute.",
        """
        type*         "too_many_requests"  What is wrong.
        message*      text   The status in words.
        detail*       text   What is wrong, for people.
        retry_after*  int64  How many seconds to wait.
        """,
    ),
    shape(
        "internal-error",
        "Something failed on our side.",
        """
        type*          "internal_error"  What is wrong.
        message*       text  The status in words.
        detail*        text  What is wrong, for people.
        reference_id*  text  Finds it in the server's log.
        """,
    ),
)
