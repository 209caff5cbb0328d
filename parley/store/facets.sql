-- has_cut_values: whether some value of this key is longer than what the facets hold of it
SELECT EXISTS (SELECT FROM conversation_facets f WHERE f.tenant_id = $1 AND f.key = $2 AND length(f.value) = 250) AS cut
