"""What each school may admit to: published by the province for an intake, version by version; asked whenever students are filed."""
