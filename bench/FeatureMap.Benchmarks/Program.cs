FeatureMap.Benchmarks.Kernels.ConvolutionKernels.Run(args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 5, System.Console.Out);
