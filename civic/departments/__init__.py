"""Orders to departments: written without the tipster, served, answered item by item, settled by somebody outside."""
