"""Events as English sentences: for the plain output, the trace of ``run``, and the events pane."""
