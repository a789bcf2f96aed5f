using System.Collections;
using Appliance.Web.CommandLine;
using Appliance.Web.Hosting;

var names = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key);
var (options, problems, warnings) = ApplianceOptions.Read(Environment.GetEnvironmentVariable, names);
foreach (var line in warnings.Concat(problems))
    Console.Error.WriteLine(line);
return options is null ? ExitCodes.Settings : await new Commands(options, Console.Out, Console.Error).Build().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
