"""`python -m landfast` is the same as the console script."""

from landfast.cli.main import main

if __name__ == "__main__":
    main()
