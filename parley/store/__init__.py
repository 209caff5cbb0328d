"""The one home of SQL: migrations, named queries in <noun>.sql with one typed function each, and the filter builder."""
