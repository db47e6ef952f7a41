"""Events in words: for the plain output, the sample trace, and the events pane."""
