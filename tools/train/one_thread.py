"""Import this before NumPy and PyTorch: OpenBLAS reads its number of threads once, and sums otherwise with another."""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
