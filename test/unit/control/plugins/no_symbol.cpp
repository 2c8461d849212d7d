// A shared object that is no plugin.
extern "C" int encluster_pluggin;
int encluster_pluggin = 1;
