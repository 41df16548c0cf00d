// SPDX-License-Identifier: EUPL-1.2
package longeva;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/** One node of Elasticsearch in its folder; the arguments are settings, NAME=VALUE. */
public final class Server {
    public static void main(String[] arguments) throws Exception {
        Settings.Builder given = Settings.builder();
        for (String argument : arguments) {
            given.put(argument.substring(0, argument.indexOf('=')), argument.substring(argument.indexOf('=') + 1));
        }
        Settings settings = given.build();
        Path home = Path.of(settings.get("path.home"));
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(settings);
        Environment environment =
                InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "node");
        PluginsLoader loader = PluginsLoader.createPluginsLoader(modules(home.resolve("modules")), Set.of(), Map.of(), false);
        new Node(environment, loader).start();
        new CountDownLatch(1).await();
    }

    /** Reads the modules; Elasticsearch 9.5 asks for one argument more than 8.19. */
    @SuppressWarnings("unchecked")
    private static Set<PluginBundle> modules(Path folder) throws Exception {
        for (Method method : PluginsLoader.class.getMethods()) {
            if (method.getName().equals("loadModulesBundles")) {
                return (Set<PluginBundle>)
                        (method.getParameterCount() == 1 ? method.invoke(null, folder) : method.invoke(null, folder, false));
            }
        }
        throw new IllegalStateException("this version loads its modules in another way");
    }
}
