using System.Collections;
using Appliance.Data;
using Appliance.Web.CommandLine;
using Appliance.Web.Hosting;

// What commands write, as export -o, is as secret as the data folder.
PrivateFiles.FromNowOn();
var names = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => (string)entry.Key);
var settings = ApplianceOptions.Read(Environment.GetEnvironmentVariable, names);
return await new Commands(settings, Console.In, Console.Out, Console.Error).RunAsync(args, CancellationToken.None);
