System.Console.WriteLine("featuremap");
