-- The events of contacts that may hold what a contact was, to be found when a contact is to be forgotten.
CREATE INDEX events_of_contacts ON events (tenant_id, (data ->> 'id')) WHERE kind IN ('contact.personal_data', 'contact.updated');
